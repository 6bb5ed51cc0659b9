//! GSSAPI as a client of SASL (RFC 4752), over Kerberos' own library: who the client is, in both
//! directions, and that no layer of security follows, as Java's clients have it (TLS is for that).

use std::fmt;

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, GSS_NT_KRB5_PRINCIPAL, OidSet};

use crate::settings::kerberos::Word;

/// What a broker may offer: nothing after the exchange, as one of three.
const NO_LAYER: u8 = 1;

/// One exchange with a broker.
pub struct Client {
    context: ClientCtx,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// The peers tell each other who they are.
    Establishing,
    /// What follows is settled.
    Layer,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// For the service of that name on a host. It may ask the KDC, and blocks meanwhile.
    pub fn new(service: &str, host: &str, principal: Option<&str>) -> Result<Self, String> {
        let target =
            Name::new(format!("{service}@{host}").as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))
                .map_err(told)?;
        let name = principal
            .map(|name| Name::new(name.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL)))
            .transpose()
            .map_err(told)?;
        let mechanisms = OidSet::singleton(GSS_MECH_KRB5).map_err(told)?;
        let ticket = Cred::acquire(name.as_ref(), None, CredUsage::Initiate, Some(&mechanisms))
            .map_err(told)?;
        // Never delegated: the broker gets no ticket to be somebody else with.
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG
            | CtxFlags::GSS_C_INTEG_FLAG
            | CtxFlags::GSS_C_REPLAY_FLAG
            | CtxFlags::GSS_C_SEQUENCE_FLAG;
        let context = ClientCtx::new(Some(ticket), target, flags, Some(GSS_MECH_KRB5));
        Ok(Self { context, state: State::New })
    }

    /// What to say after the broker's `token`, which is empty at first.
    pub fn step(&mut self, token: &[u8]) -> Word {
        let said = match self.state {
            State::New => self.establish(None).map(Word::Token),
            State::Establishing => self.establish(Some(token)).map(Word::Token),
            State::Layer => self.settle(token).map(Word::Last),
        };
        said.unwrap_or_else(Word::Failed)
    }

    fn establish(&mut self, token: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let answer = self.context.step(token, None).map_err(told)?;
        self.state = if self.context.is_complete() { State::Layer } else { State::Establishing };
        if self.state == State::Layer {
            let flags = self.context.flags().map_err(told)?;
            if !flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG) {
                return Err("the broker has not shown who it is".to_owned());
            }
        }
        Ok(answer.map_or_else(Vec::new, |token| token.to_vec()))
    }

    /// The broker offers layers (a bit each) and the largest message; none is taken, so no size is named,
    /// and the user is the ticket's.
    fn settle(&mut self, token: &[u8]) -> Result<Vec<u8>, String> {
        let offer = self.context.unwrap(token).map_err(told)?;
        match &*offer {
            [layers, _, _, _] if layers & NO_LAYER != 0 => {}
            [_, _, _, _] => return Err("the broker insists on a layer of security".to_owned()),
            _ => return Err("the broker's offer of layers cannot be read".to_owned()),
        }
        let answer = self.context.wrap(false, &[NO_LAYER, 0, 0, 0]).map_err(told)?;
        Ok(answer.to_vec())
    }
}

fn told(error: libgssapi::error::Error) -> String {
    error.to_string()
}
