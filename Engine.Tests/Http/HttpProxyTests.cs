using System.Net;
using System.Net.Http;
using System.Text;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Http;

/// <summary>HttpClient whose TLS is ours, through a proxy.</summary>
[CancelAfter(60_000)]
public sealed class HttpProxyTests
{
    private static readonly TlsClientOptions Options = new() { Verification = TestCertificates.Verification };

    [TestCase(false)]
    [TestCase(true)]
    public async Task Our_TLS_runs_through_a_tunnel(bool isSecure)
    {
        await using var host = await HttpClientTests.StartAsync();
        await using var proxy = new ConnectProxy(isSecure ? TestCertificates.Server : null);
        using var client = Client(proxy, new NetworkCredential("me", "secret"));

        var answer = await client.GetStringAsync($"https://localhost:{host.Port}/");

        Assert.That(answer, Does.StartWith("HTTP/1.1 localhost "));
        var head = proxy.Heads.Single();
        Assert.That(head, Does.StartWith($"CONNECT localhost:{host.Port} HTTP/1.1\r\nHost: localhost:{host.Port}\r\n"));
        Assert.That(head, Does.Contain($"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes("me:secret"))}\r\n"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Without_TLS_the_proxy_is_asked_for_the_page(bool isSecure)
    {
        await using var proxy = new ConnectProxy(isSecure ? TestCertificates.Server : null);
        using var client = Client(proxy);

        Assert.That(await client.GetStringAsync("http://somewhere.example/page"), Is.EqualTo("plain"));
        Assert.That(proxy.Heads.Single(), Does.StartWith("GET http://somewhere.example/page HTTP/1.1\r\n"));
    }

    [Test]
    public async Task A_proxy_that_is_somebody_else_is_refused()
    {
        await using var proxy = new ConnectProxy(TestCertificates.WrongHost);
        using var client = Client(proxy);

        var failure = Assert.CatchAsync<HttpRequestException>(() => client.GetStringAsync("https://localhost:9/"))!;

        Assert.That(failure.InnerException, Is.InstanceOf<TlsCertificateException>());
        Assert.That(proxy.Heads, Is.Empty);
    }

    [TestCase("HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm=x\r\n\r\n", "asks for Digest")]
    [TestCase("HTTP/1.1 407 Who\r\n\r\n", "names no scheme")]
    [TestCase("HTTP/1.1 403 No \u001b[31m\r\n\r\n", "403 No \\u001B")]
    [TestCase("SSH-2.0-x\r\n\r\n", "is not HTTP: 'SSH-2.0-x'")]
    [TestCase("HTTP/1.1 20 OK\r\n\r\n", "is not HTTP")]
    [TestCase("HTTP/1.1 200", "closed the connection before it had answered")]
    [TestCase("", "closed the connection before it had answered")]
    public async Task A_proxy_that_opens_no_tunnel_is_told_of(string answer, string said)
    {
        await using var proxy = new ConnectProxy(answer: answer);
        using var client = Client(proxy);

        var failure = Assert.CatchAsync<HttpRequestException>(() => client.GetStringAsync("https://localhost:9/"))!;

        Assert.That(failure.ToString(), Does.Contain(said));
    }

    [Test]
    public async Task An_answer_without_end_is_not_read_without_end()
    {
        await using var proxy = new ConnectProxy(answer: "HTTP/1.1 200 OK\r\n" + new string('x', 100_000));
        using var client = Client(proxy);

        var failure = Assert.CatchAsync<HttpRequestException>(() => client.GetStringAsync("https://localhost:9/"))!;

        Assert.That(failure.ToString(), Does.Contain("a head of more than 16384 bytes"));
    }

    [Test]
    public async Task What_is_not_to_go_through_the_proxy_does_not()
    {
        await using var host = await HttpClientTests.StartAsync();
        await using var proxy = new ConnectProxy();
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(proxy.Address) { BypassList = ["localhost"] } };
        using var client = new HttpClient(handler.UseTlsFsm(Options));

        await client.GetStringAsync($"https://localhost:{host.Port}/");

        Assert.That(proxy.Heads, Is.Empty);
    }

    [Test]
    public async Task A_proxy_that_was_set_too_late_is_an_error_and_no_TLS_of_somebody_elses()
    {
        await using var proxy = new ConnectProxy();
        using var handler = new SocketsHttpHandler().UseTlsFsm(Options);
        handler.Proxy = new WebProxy(proxy.Address);
        using var client = new HttpClient(handler);

        var failure = Assert.CatchAsync<Exception>(() => client.GetStringAsync("https://localhost:9/"))!;

        Assert.That(failure.ToString(), Does.Contain("must be called last"));
    }

    [Test]
    public void A_proxy_of_SOCKS_is_named()
    {
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy("socks5://localhost:9") };
        using var client = new HttpClient(handler.UseTlsFsm(Options));

        var failure = Assert.CatchAsync<Exception>(() => client.GetStringAsync("https://localhost:9/"))!;

        Assert.That(failure.ToString(), Does.Contain("'socks5'"));
    }

    private static HttpClient Client(ConnectProxy proxy, NetworkCredential? credential = null)
    {
        var handler = new SocketsHttpHandler { Proxy = new WebProxy(proxy.Address) { Credentials = credential } };
        return new HttpClient(handler.UseTlsFsm(Options, proxyOptions: Options)) { Timeout = Wait.Limit };
    }
}
