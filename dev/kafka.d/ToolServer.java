import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's own tools, one after the other and side by side, in one Java: to start it costs more than most of them
 * do. Each has its own input, output, exit status and static fields.
 *
 * <p>A request on standard input is an id, the name of a class, its arguments and its input; the answer on standard
 * output is the id, the exit status, the output and the errors. Numbers are of four bytes, and texts and bytes begin
 * with their length. It ends when its input does.
 */
public class ToolServer {
    /** The call that a thread works for; the threads that a tool starts work for the same. */
    private static final InheritableThreadLocal<Call> CALL = new InheritableThreadLocal<>();
    private static final InputStream NOTHING = new ByteArrayInputStream(new byte[0]);

    public static void main(String[] none) throws IOException {
        DataInputStream requests = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream answers = new DataOutputStream(new BufferedOutputStream(System.out));
        System.setIn(new Input());
        System.setOut(output(call -> call.out));
        System.setErr(output(call -> call.err));
        Exit.setExitProcedure((status, message) -> leave(status));
        Exit.setHaltProcedure((status, message) -> leave(status));
        Exit.setShutdownHookAdder((name, hook) -> CALL.get().hooks.add(hook));
        while (true) {
            Call call;
            try {
                call = new Call(requests);
            } catch (EOFException end) {
                Runtime.getRuntime().halt(0);
                return;
            }
            new Thread(() -> answer(call, answers)).start();
        }
    }

    private static void answer(Call call, DataOutputStream answers) {
        CALL.set(call);
        int status = call.run();
        try {
            synchronized (answers) {
                answers.writeInt(call.id);
                answers.writeInt(status);
                write(answers, call.out);
                write(answers, call.err);
                answers.flush();
            }
        } catch (IOException nobodyListens) {
            Runtime.getRuntime().halt(1);
        }
    }

    private static void write(DataOutputStream answers, ByteArrayOutputStream bytes) throws IOException {
        byte[] all = bytes.toByteArray();
        answers.writeInt(all.length);
        answers.write(all);
    }

    /** What `Exit.exit` does here: the first status counts, and the tool goes no further. */
    private static void leave(int status) {
        CALL.get().left(status);
        throw new Left();
    }

    private static final class Left extends Error {
        Left() {
            super("the tool has ended", null, false, false);
        }
    }

    /** One run of a tool. */
    private static final class Call {
        final int id;
        final String main;
        final String[] arguments;
        final InputStream in;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final List<Runnable> hooks = new ArrayList<>();
        private Integer status;

        Call(DataInputStream requests) throws IOException {
            id = requests.readInt();
            main = text(requests);
            arguments = new String[requests.readInt()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = text(requests);
            }
            in = new ByteArrayInputStream(bytes(requests));
        }

        private static String text(DataInputStream requests) throws IOException {
            return new String(bytes(requests), StandardCharsets.UTF_8);
        }

        private static byte[] bytes(DataInputStream requests) throws IOException {
            byte[] bytes = new byte[requests.readInt()];
            requests.readFully(bytes);
            return bytes;
        }

        synchronized void left(int with) {
            if (status == null) {
                status = with;
            }
        }

        int run() {
            try {
                Isolated loader = new Isolated(main);
                Thread.currentThread().setContextClassLoader(loader);
                Class.forName(main, true, loader).getMethod("main", String[].class).invoke(null, (Object) arguments);
                left(0);
            } catch (InvocationTargetException thrown) {
                end(thrown.getCause());
            } catch (ReflectiveOperationException | IOException error) {
                end(error);
            }
            for (Runnable hook : hooks) {
                try {
                    hook.run();
                } catch (Throwable error) {
                    error.printStackTrace();
                }
            }
            return status;
        }

        private void end(Throwable error) {
            if (!(error instanceof Left)) {
                error.printStackTrace();
            }
            left(1);
        }
    }

    /** Loads the package of a tool's main class anew, so that its static fields are its own. */
    private static final class Isolated extends URLClassLoader {
        private final String packages;

        Isolated(String main) throws IOException {
            super(jars(), ToolServer.class.getClassLoader());
            packages = main.substring(0, main.lastIndexOf('.') + 1);
        }

        private static URL[] jars() throws IOException {
            List<URL> jars = new ArrayList<>();
            for (String path : System.getenv("CLASSPATH").split(File.pathSeparator)) {
                String name = new File(path).getName();
                if (name.startsWith("kafka-tools") || name.startsWith("kafka_")) {
                    jars.add(new File(path).toURI().toURL());
                }
            }
            return jars.toArray(new URL[0]);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(packages)) {
                synchronized (getClassLoadingLock(name)) {
                    Class<?> loaded = findLoadedClass(name);
                    try {
                        return loaded == null ? findClass(name) : loaded;
                    } catch (ClassNotFoundException elsewhere) {
                        return super.loadClass(name, resolve);
                    }
                }
            }
            return super.loadClass(name, resolve);
        }
    }

    private static final class Input extends InputStream {
        private static InputStream current() {
            return Optional.ofNullable(CALL.get()).map(call -> call.in).orElse(NOTHING);
        }

        @Override
        public int read() throws IOException {
            return current().read();
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            return current().read(bytes, from, count);
        }

        @Override
        public int available() throws IOException {
            return current().available();
        }
    }

    private static PrintStream output(Function<Call, OutputStream> of) {
        return new PrintStream(new OutputStream() {
            private OutputStream current() {
                Call call = CALL.get();
                return call == null ? OutputStream.nullOutputStream() : of.apply(call);
            }

            @Override
            public void write(int one) throws IOException {
                current().write(one);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                current().write(bytes, from, count);
            }
        }, true, StandardCharsets.UTF_8);
    }
}
