// Answers questions with Kafka's own authorizer, so that kward's can be compared with it:
//
//     java -cp "$(dev/kafka-jars 4.4.0)/*" dev/authorizer-differ/AuthorizerDiffer.java
//
// A request is a line of fields separated by tabs; `ask`, `any`, `audit` and `operations` answer
// with a line.
//
//     new    ALLOW_EVERYONE_IF_NO_ACL_FOUND SUPER_USERS
//     acl    TYPE PATTERN NAME PRINCIPAL HOST OPERATION PERMISSION
//     ready
//     ask    PRINCIPAL ADDRESS OPERATION TYPE NAME     -> ALLOWED or DENIED
//     any    PRINCIPAL ADDRESS OPERATION TYPE          -> ALLOWED or DENIED (authorizeByResourceType)
//     audit  PRINCIPAL ADDRESS OPERATION TYPE NAME     -> the line of the authorizer's log
//     operations                                       -> the operations that this version knows

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.metadata.authorizer.StandardAcl;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

public class AuthorizerDiffer {
    private StandardAuthorizer authorizer;
    private Map<Uuid, StandardAcl> acls;

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        BufferedWriter out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        AuthorizerDiffer differ = new AuthorizerDiffer();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer = differ.handle(line.split("\t", -1));
            if (answer != null) {
                out.write(answer);
                out.newLine();
            }
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
    }

    private String handle(String[] f) throws Exception {
        switch (f[0]) {
            case "operations":
                return Arrays.stream(AclOperation.values()).map(Enum::name).collect(Collectors.joining(" "));
            case "new":
                create(f[1], f[2]);
                return null;
            case "acl":
                acls.put(Uuid.randomUuid(), new StandardAcl(ResourceType.valueOf(f[1]), f[3],
                    PatternType.valueOf(f[2]), f[4], f[5], AclOperation.valueOf(f[6]),
                    AclPermissionType.valueOf(f[7])));
                return null;
            case "ready":
                authorizer.loadSnapshot(acls);
                authorizer.completeInitialLoad();
                return null;
            case "ask":
                return authorizer.authorize(context(f[1], f[2]), List.of(action(f))).get(0).name();
            case "any":
                return authorizer.authorizeByResourceType(context(f[1], f[2]), AclOperation.valueOf(f[3]),
                    ResourceType.valueOf(f[4])).name();
            case "audit":
                return audit(f);
            default:
                throw new IllegalArgumentException("unknown request " + f[0]);
        }
    }

    private void create(String allowEveryone, String superUsers) throws Exception {
        authorizer = new StandardAuthorizer();
        Map<String, Object> config = new HashMap<>();
        config.put("allow.everyone.if.no.acl.found", allowEveryone);
        config.put("super.users", superUsers);
        authorizer.configure(config);
        countAsVersion4Wants();
        acls = new HashMap<>();
    }

    // From 4.0 the authorizer counts, and has nowhere to count without this. Absent before.
    private void countAsVersion4Wants() throws Exception {
        for (Method method : StandardAuthorizer.class.getMethods()) {
            if (method.getName().equals("withPluginMetrics")) {
                Object metrics = Class.forName("org.apache.kafka.common.metrics.internals.PluginMetricsImpl")
                    .getConstructor(Metrics.class, Map.class).newInstance(new Metrics(), Map.of());
                method.invoke(authorizer, metrics);
            }
        }
    }

    private static Action action(String[] f) {
        return new Action(AclOperation.valueOf(f[3]),
            new ResourcePattern(ResourceType.valueOf(f[4]), f[5], PatternType.LITERAL), 1, true, true);
    }

    private static AuthorizableRequestContext context(String principal, String address) throws Exception {
        String[] parts = principal.split(":", 2);
        KafkaPrincipal who = new KafkaPrincipal(parts[0], parts[1]);
        // A literal address: nothing is looked up.
        InetAddress where = InetAddress.getByName(address);
        return (AuthorizableRequestContext) Proxy.newProxyInstance(AuthorizerDiffer.class.getClassLoader(),
            new Class<?>[] {AuthorizableRequestContext.class}, (proxy, method, ignored) -> {
                switch (method.getName()) {
                    case "principal":
                        return who;
                    case "clientAddress":
                        return where;
                    case "requestType":
                        return 1;
                    default:
                        return method.getReturnType() == int.class ? 0 : null;
                }
            });
    }

    // What the authorizer would log; the methods are private.
    private String audit(String[] f) throws Exception {
        AuthorizableRequestContext context = context(f[1], f[2]);
        Field field = StandardAuthorizer.class.getDeclaredField("data");
        field.setAccessible(true);
        Object data = field.get(authorizer);
        Set<KafkaPrincipal> principals = Set.of(context.principal(), new KafkaPrincipal("User", "*"));
        String host = context.clientAddress().getHostAddress();
        Object rule = method(data, "findAclRule").invoke(data, principals, host, action(f));
        return (String) method(data, "buildAuditMessage")
            .invoke(data, context.principal(), context, action(f), rule);
    }

    private static Method method(Object of, String name) {
        List<Method> found = new ArrayList<>();
        for (Method method : of.getClass().getDeclaredMethods()) {
            if (method.getName().equals(name)) {
                found.add(method);
            }
        }
        Method method = found.get(0);
        method.setAccessible(true);
        return method;
    }
}
