import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A client or a server over Java's own TLS: the same orders as peer.c. */
public final class JssePeer {
    private static final int CHUNK = 16384;
    private static final Map<String, String> orders = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        for (int i = 1; i + 1 < arguments.length; i += 2)
            orders.put(arguments[i].substring(2), arguments[i + 1]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(), trust(), null);
        if (arguments[0].equals("client"))
            runClient(context);
        else
            runServer(context);
    }

    private static void runClient(SSLContext context) throws Exception {
        int rounds = Integer.parseInt(orders.getOrDefault("rounds", "1"));
        for (int round = 1; round <= rounds; round++) {
            // With the name: sessions are kept by host and port.
            Socket plain = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(orders.get("port")));
            plain.setTcpNoDelay(true);
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
            SSLParameters parameters = parameters(socket.getSSLParameters());
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(List.of(new SNIHostName("localhost")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            talk(socket);
            socket.shutdownOutput();
            if (socket.getInputStream().read() >= 0)
                throw new IllegalStateException("more than the echo");
            String name = socket.getApplicationProtocol();
            socket.close();
            System.out.println("round " + round + " " + (name == null || name.isEmpty() ? "-" : name) + " same");
        }
    }

    private static void talk(SSLSocket socket) throws Exception {
        byte[] sent = new byte[CHUNK];
        int size = Integer.parseInt(orders.get("size"));
        OutputStream output = socket.getOutputStream();
        InputStream input = socket.getInputStream();
        for (int done = 0; done < size; done += CHUNK) {
            for (int i = 0; i < CHUNK; i++)
                sent[i] = (byte) ((done + i) * 31 + ((done + i) >> 8));
            output.write(sent);
            if (!java.util.Arrays.equals(sent, input.readNBytes(CHUNK)))
                throw new IllegalStateException("the echo differs or ended early");
        }
    }

    private static void runServer(SSLContext context) throws Exception {
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(0, 16, InetAddress.getLoopbackAddress());
        SSLParameters parameters = parameters(listener.getSSLParameters());
        parameters.setNeedClientAuth(orders.containsKey("ca"));
        listener.setSSLParameters(parameters);
        System.out.println("port " + listener.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            socket.setTcpNoDelay(true);
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.close();
            System.out.println("closed in order");
        }
    }

    private static SSLParameters parameters(SSLParameters parameters) {
        parameters.setProtocols(new String[] {"TLSv" + orders.get("tls")});
        if (orders.containsKey("alpn"))
            parameters.setApplicationProtocols(new String[] {orders.get("alpn")});
        return parameters;
    }

    private static javax.net.ssl.KeyManager[] keys() throws Exception {
        if (!orders.containsKey("cert"))
            return null;
        Certificate[] chain;
        try (InputStream file = new FileInputStream(orders.get("cert"))) {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(file).toArray(new Certificate[0]);
        }
        String pem = Files.readString(Path.of(orders.get("key"))).replaceAll("-----[^-]*-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setKeyEntry("own", key, new char[0], chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static javax.net.ssl.TrustManager[] trust() throws Exception {
        if (!orders.containsKey("ca"))
            return null;
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream file = new FileInputStream(orders.get("ca"))) {
            store.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }
}
