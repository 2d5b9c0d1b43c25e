using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>
/// <c>connect --starttls</c>: each protocol's words as its document has them, then TLS by SslStream; and servers that do not consent.
/// </summary>
[TestFixture]
internal sealed class StartTlsTests
{
    private const string XmppOpen =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";

    private const string LdapRequest = "0\u001D\u0002\u0001\u0001w\u0018\u0080\u00161.3.6.1.4.1.1466.20037";

    private const string MySqlGreeting = "\u004A\0\0\0\n8.0.36\0\u0008\0\0\0abcdefgh\0\u00FF\u00FF-\u0002\0\u00FF\u00C7\u0015"
        + "\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0mysql_native_password\0";

    private const string MySqlRequest = " \0\0\u0001\0\u008A\0\0\0\0\0\u0001-\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    private PemFolder _files = null!;

    /// <summary>What is said: the server's lines, and what it then expects, byte for byte.</summary>
    public static IEnumerable<TestCaseData> Consents()
    {
        yield return Case(
            "smtp", "220-mail.test\r\n220 ready\r\n", "EHLO localhost\r\n", "250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
            "STARTTLS\r\n", "220 2.0.0 go ahead\r\n");
        yield return Case("imap", "* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n", "a1 STARTTLS\r\n", "* BYE not yet\r\na1 OK begin\r\n");
        yield return Case("pop3", "+OK ready <1@pop.test>\r\n", "STLS\r\n", "+OK begin\r\n");
        yield return Case("ftp", "220-Welcome\r\n to this server\r\n220 ready\r\n", "AUTH TLS\r\n", "234 begin\r\n");
        yield return Case("xmpp", "", XmppOpen,
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>"
            + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        yield return Case("ldap", "", LdapRequest, "0\u000C\u0002\u0001\u0001x\u0007\n\u0001\0\u0004\0\u0004\0");
        yield return Case("ldap", "", LdapRequest, "0\u0084\0\0\0\u0010\u0002\u0001\u0001x\u0084\0\0\0\u0007\n\u0001\0\u0004\0\u0004\0")
            .SetArgDisplayNames("ldap", "long lengths, as Active Directory has them");
        yield return Case("postgres", "", "\0\0\0\u0008\u0004\u00D2\u0016/", "S");
        yield return Case("mysql", MySqlGreeting, MySqlRequest);
    }

    /// <summary>A server that does not consent, and what is said of it.</summary>
    public static IEnumerable<TestCaseData> Refusals()
    {
        yield return Refusal("does not offer STARTTLS", "smtp", "220 ready\r\n", "EHLO localhost\r\n", "250 SIZE\r\n");
        yield return Refusal("said '554 no' where 220 was expected", "smtp", "554 no\r\n");
        yield return Refusal("said '454 not now' where 220 was expected", "smtp", "220 ready\r\n", "EHLO localhost\r\n", "250 STARTTLS\r\n",
            "STARTTLS\r\n", "454 not now\r\n");
        yield return Refusal("said 'a1 BAD what' where 'a1 OK' was expected", "imap", "* OK\r\n", "a1 STARTTLS\r\n", "a1 BAD what\r\n");
        yield return Refusal("said '-ERR what' where '+OK' was expected", "pop3", "+OK\r\n", "STLS\r\n", "-ERR what\r\n");
        yield return Refusal("said '502 what' where 234 was expected", "ftp", "220 ready\r\n", "AUTH TLS\r\n", "502 what\r\n");
        yield return Refusal("does not offer starttls", "xmpp", "", XmppOpen, "<stream:features></stream:features>");
        yield return Refusal("refused StartTLS with LDAP result 2", "ldap", "", LdapRequest,
            "0\u000C\u0002\u0001\u0001x\u0007\n\u0001\u0002\u0004\0\u0004\0");
        yield return Refusal("no LDAP message", "ldap", "", LdapRequest, "HTTP/1.1 400\r\n");
        yield return Refusal("no LDAP response", "ldap", "", LdapRequest, "0\u0002\u0001\u0001");
        yield return Refusal("does not offer TLS", "postgres", "", "\0\0\0\u0008\u0004\u00D2\u0016/", "N");
        yield return Refusal("neither S nor N", "postgres", "", "\0\0\0\u0008\u0004\u00D2\u0016/", "E");
        yield return Refusal("refused the connection before TLS", "mysql", "\u0005\0\0\0\u00FF\u0015\u0004no");
        yield return Refusal("none of MySQL", "mysql", "\0\0\0\0");
        yield return Refusal("closed the connection before TLS", "pop3", "");
        yield return Refusal("said more than 65536 bytes before TLS", "pop3", new string('x', 70_000));
    }

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [TestCaseSource(nameof(Consents))]
    public async Task A_server_that_consents_is_connected_to(string protocol, string[] words)
    {
        await using var server = LoopbackServer.Start(stream => SayAndServeAsync(stream, words), connections: 1);

        var client = await ConnectAsync(server.Port, "--starttls", protocol);

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Is.EqualTo("hello over TLS"));
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task A_server_that_does_not_consent_is_told_of_in_words(string protocol, string[] words, string said)
    {
        await using var server = LoopbackServer.Start(stream => SayAsync(stream, words), connections: 1);

        var client = await ConnectAsync(server.Port, "--starttls", protocol);

        Assert.That(client.ExitCode, Is.EqualTo(3), client.Errors);
        Assert.That(client.Errors, Does.Contain(said));
    }

    [Test]
    public async Task What_is_said_behind_the_consent_in_the_clear_is_no_part_of_the_conversation()
    {
        await using var server = LoopbackServer.Start(
            stream => SayAndServeAsync(stream, ["+OK ready\r\n", "STLS\r\n", "+OK begin\r\n-ERR said by somebody in between\r\n"]),
            connections: 1);

        var client = await ConnectAsync(server.Port, "--starttls", "pop3");

        Assert.That(client.ExitCode, Is.EqualTo(4), client.Errors);
        Assert.That(client.Data, Is.Empty);
    }

    [Test]
    public async Task A_server_that_says_nothing_is_waited_for_no_longer_than_the_timeout()
    {
        var over = new TaskCompletionSource();
        await using var server = LoopbackServer.Start(_ => over.Task, connections: 1);

        var client = await ConnectAsync(server.Port, "--starttls", "smtp", "--timeout", "0.2");

        over.SetResult();
        Assert.That(client.ExitCode, Is.EqualTo(3));
        Assert.That(client.Errors, Does.Contain("no consent to TLS within 0.2 s"));
    }

    [Test]
    public async Task An_ftp_server_that_is_not_ours_is_connected_to()
    {
        await using var server = await Vsftpd.StartAsync(
            Path.GetDirectoryName(_files.Root)!, _files.Certificate, _files.Key);

        var client = await CliRun.ToEndAsync(
            "QUIT\r\n", ["connect", $"127.0.0.1:{server.Port}", "--servername", "localhost", "--cafile", _files.Root, "--starttls", "ftp"]);

        Assert.That(client.Data, Does.StartWith("221 "), client.Errors);
    }

    [Test]
    public async Task A_proxy_is_gone_through()
    {
        await using var proxy = LoopbackServer.Start(
            stream => SayAndServeAsync(
                stream,
                [
                    "", "CONNECT localhost:7 HTTP/1.1\r\nHost: localhost:7\r\n\r\n",
                    "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n",
                ]),
            connections: 1);

        var client = await ConnectAsync(7, "--proxy", $"127.0.0.1:{proxy.Port}");

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Is.EqualTo("hello over TLS"));
    }

    [Test]
    public async Task A_proxy_that_refuses_is_told_of_in_words()
    {
        await using var proxy = LoopbackServer.Start(
            stream => SayAsync(stream, ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]), connections: 1);

        var client = await ConnectAsync(7, "--proxy", $"127.0.0.1:{proxy.Port}");

        Assert.That(client.ExitCode, Is.EqualTo(3));
        Assert.That(client.Errors, Does.Contain("the proxy refused the tunnel to localhost:7: 407 Proxy Authentication Required"));
    }

    private static TestCaseData Case(string protocol, params string[] words) =>
        new TestCaseData(protocol, words).SetArgDisplayNames(protocol);

    private static TestCaseData Refusal(string said, string protocol, params string[] words) =>
        new TestCaseData(protocol, words, said).SetArgDisplayNames(protocol, said);

    private Task<CliResult> ConnectAsync(int port, params string[] options) =>
        CliRun.ToEndAsync(["connect", $"localhost:{port}", "--cafile", _files.Root, .. options]);

    /// <summary>The server's words and the client's in turn, the server's first.</summary>
    private static async Task SayAsync(NetworkStream stream, string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            var bytes = Encoding.Latin1.GetBytes(words[i]);
            if (i % 2 == 0)
            {
                await stream.WriteAsync(bytes);
                continue;
            }

            var said = new byte[bytes.Length];
            await stream.ReadExactlyAsync(said);
            if (!said.AsSpan().SequenceEqual(bytes))
                throw new IOException("the client said something else");
        }
    }

    private static async Task SayAndServeAsync(NetworkStream stream, string[] words)
    {
        await SayAsync(stream, words);
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(
                    TestCertificates.Server.Certificate, TestCertificates.Server.Intermediates, offline: true),
            });
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            return;
        }

        await tls.WriteAsync("hello over TLS"u8.ToArray());
        await tls.ShutdownAsync();
        while (await tls.ReadAsync(new byte[1]) > 0)
        {
            // To the client's close_notify.
        }
    }
}
