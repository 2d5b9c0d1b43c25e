using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Cli.Http;

namespace TlsFsm.Tests.Cli;

public sealed class StatusPageTests
{
    private static readonly TlsSessionInfo Session = new()
    {
        Protocol = SslProtocols.Tls13,
        CipherSuite = TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        Group = "x25519",
        ServerName = "<script>",
        ApplicationProtocol = SslApplicationProtocol.Http11,
    };

    [Test]
    public void The_page_tells_what_was_negotiated_and_how_long_it_is()
    {
        var (head, body) = Answer(HttpStatus.Ok, new RequestHead("GET", "/a&b", 1));

        Assert.That(head, Does.StartWith("HTTP/1.1 200 OK\r\n"));
        Assert.That(head, Does.Contain($"\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"));
        Assert.That(head, Does.Contain("\r\nContent-Type: text/html; charset=utf-8\r\n").And.Contain("\r\nConnection: close\r\n"));
        Assert.That(body, Does.Contain("TLS 1.3").And.Contain("TLS_AES_128_GCM_SHA256").And.Contain("x25519").And.Contain("http/1.1"));
        Assert.That(body, Does.Contain("192.0.2.1:1234"));
        Assert.That(body, Does.Contain("Wrapped"), "the way here");
    }

    [Test]
    public void What_the_client_says_is_shown_and_never_obeyed()
    {
        var (_, body) = Answer(HttpStatus.Ok, new RequestHead("GET", "/<b>", 1));

        Assert.That(body, Does.Contain("/&lt;b&gt;").And.Contain("&lt;script&gt;"));
        Assert.That(body, Does.Not.Contain("/<b>").And.Not.Contain("<script>"));
    }

    [Test]
    public void To_HEAD_goes_the_same_head_and_no_body()
    {
        var (head, body) = Answer(HttpStatus.Ok, new RequestHead("HEAD", "/", 1));

        Assert.That(head, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Match(@"Content-Length: [1-9]\d+\r\n"));
        Assert.That(body, Is.Empty);
    }

    [Test]
    public void Other_methods_are_told_which_are_allowed()
    {
        var (head, _) = Answer(HttpStatus.Ok, new RequestHead("POST", "/", 1));

        Assert.That(head, Does.StartWith("HTTP/1.1 405 Method Not Allowed\r\n").And.Contain("\r\nAllow: GET, HEAD\r\n"));
    }

    [Test]
    public void A_head_that_was_not_understood_gets_its_status_and_nothing_of_the_connection()
    {
        var (head, body) = Answer(HttpStatus.HeadTooLarge, null);

        Assert.That(head, Does.StartWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
        Assert.That(body, Does.Contain("431").And.Not.Contain("x25519"));
    }

    private static (string Head, string Body) Answer(HttpStatus status, RequestHead? request)
    {
        Transition[] path = [new(DateTimeOffset.UnixEpoch, "Tls", "HandshakeCompleted", "DoHandshake", "Wrapped")];
        var text = Encoding.UTF8.GetString(
            StatusPage.Answer(status, request, Session, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1234), path));
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (text[..(end + 2)], text[(end + 4)..]);
    }
}
