//! A small server on this machine: a thread for each connection, all closed when it ends.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A port on which nobody listens. It is held while the tests run: a free one may be another test's by the time
/// that it is knocked on.
pub fn nobody() -> SocketAddr {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let address = socket.local_addr().expect("a bound port");
    std::mem::forget(socket);
    address
}

/// The running server; it ends with this value.
pub struct Listening {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    ending: AtomicBool,
    /// A second handle of each connection, which stays open until then.
    open: Mutex<Vec<TcpStream>>,
}

impl Listening {
    /// On a free port. `serve` answers whether its connection is to be closed, both ways.
    pub fn start(serve: impl Fn(TcpStream) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let shared = Arc::new(Shared::default());
        let (serving, serve) = (Arc::clone(&shared), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.ending.load(Ordering::SeqCst) {
                    return;
                }
                let closing = stream.try_clone().expect("a second handle");
                serving.open.lock().unwrap().push(stream.try_clone().expect("a third handle"));
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || {
                    if serve(stream) {
                        let _ = closing.shutdown(Shutdown::Both);
                    }
                });
            }
        });
        Self { address, shared }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
