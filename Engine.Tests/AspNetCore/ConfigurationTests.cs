using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TlsFsm.AspNetCore;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>End points that configuration serves over TlsFsm, and named settings: what is read, what is refused, what changes.</summary>
[CancelAfter(60_000)]
public sealed class ConfigurationTests
{
    private const string EndPoint = "Kestrel:Endpoints:Web";

    private static PemFiles Files => PemFiles.Of(TestCertificates.Server);

    [Test]
    public async Task An_end_point_of_configuration_is_served_as_its_section_says()
    {
        var other = PemFiles.Of(TestCertificates.ServerFor("other.example"));
        await using var host = await StartAsync(new()
        {
            [$"{EndPoint}:Url"] = "https://127.0.0.1:0",
            [$"{EndPoint}:Protocols"] = "Http1",
            [$"{EndPoint}:TlsFsm:Certificate:Path"] = Files.Chain,
            [$"{EndPoint}:TlsFsm:Certificate:KeyPath"] = Files.Key,
            [$"{EndPoint}:TlsFsm:Sni:other.example:Path"] = other.Chain,
            [$"{EndPoint}:TlsFsm:Sni:other.example:KeyPath"] = other.Key,
            [$"{EndPoint}:TlsFsm:SslProtocols:0"] = "Tls12",
            [$"{EndPoint}:TlsFsm:ClientCertificateMode"] = "Require",
            [$"{EndPoint}:TlsFsm:ClientCertificateRoots:0"] = PemFiles.Root,
            [$"{EndPoint}:TlsFsm:HandshakeTimeout"] = "00:01:00",
        });
        var asOurselves = OurClient.Options(credential: TestCertificates.Client, protocols: ["h2", "http/1.1"]);

        await using var client = await OurClient.OpenAsync(host.Port, asOurselves);
        await using var named = await OurClient.OpenAsync(host.Port, asOurselves with { TargetHost = "other.example" });
        var refused = await OurClient.FailAsync(host.Port, OurClient.Options());

        Assert.That(host.Address, Does.StartWith("https://"));
        foreach (var session in new[] { client.Connection.Session!, named.Connection.Session! })
        {
            Assert.That(session.Protocol, Is.EqualTo(SslProtocols.Tls12));
            Assert.That(session.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http11));
        }

        Assert.That(refused.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [TestCase("TlsFsm:Certificat:Path", "x", "Kestrel:Endpoints:Web:TlsFsm", "Certificat")]
    [TestCase("TlsFsm:Certificate:Path", "no such file", "Kestrel:Endpoints:Web:TlsFsm", "no such file")]
    [TestCase("TlsFsm:Certificate:Subject", "x", "Kestrel:Endpoints:Web:TlsFsm", "one of Path (a file) and Subject")]
    [TestCase("TlsFsm:HandshakeTimeout", "soon", "Kestrel:Endpoints:Web:TlsFsm", "HandshakeTimeout")]
    [TestCase("TlsFsm:HandshakeTimeout", "00:00:00", "Kestrel:Endpoints:Web:TlsFsm", "HandshakeTimeout should be greater than zero")]
    [TestCase("TlsFsm:SslProtocols:0", "Tls11", "Kestrel:Endpoints:Web:TlsFsm", "Tls11, which is not spoken here")]
    [TestCase("TlsFsm:ClientCertificateMode", "Always", "Kestrel:Endpoints:Web:TlsFsm", "ClientCertificateMode")]
    [TestCase("TlsFsm:ClientCertificateRoots:0", "roots.pem", "Kestrel:Endpoints:Web:TlsFsm", "no certificate is asked for")]
    [TestCase("TlsFsm:Sni:*.*.example:Path", "x", "Kestrel:Endpoints:Web:TlsFsm", "'x'")]
    [TestCase("TlsFsm:RefuseUnknownNames", "true", "Kestrel:Endpoints:Web:TlsFsm", "RefuseUnknownNames")]
    [TestCase("TlsFsm:CertificateReload", "-00:00:01", "Kestrel:Endpoints:Web:TlsFsm", "CertificateReload")]
    [TestCase("SslProtocols:0", "Tls12", "Kestrel:Endpoints:Web:SslProtocols", "say it in Kestrel:Endpoints:Web:TlsFsm")]
    [TestCase("Url", "http://127.0.0.1:0", "Kestrel:Endpoints:Web:Url", "https://")]
    public void What_makes_no_sense_stops_the_start_with_its_place(string key, string value, string place, string said)
    {
        var configuration = Working();
        configuration[$"{EndPoint}:{key}"] = value;

        var fault = Assert.CatchAsync<Exception>(() => StartAsync(configuration))!;

        // A path under the content folder stands in for what the test case names.
        Assert.That(fault.Message, Does.Contain(place).And.Contain(said.Trim('\'')));
    }

    [Test]
    public async Task A_section_without_a_certificate_says_what_is_missing()
    {
        var configuration = Working();
        configuration.Remove($"{EndPoint}:TlsFsm:Certificate:Path");
        configuration.Remove($"{EndPoint}:TlsFsm:Certificate:KeyPath");
        configuration[$"{EndPoint}:TlsFsm:HandshakeTimeout"] = "00:00:05";

        Assert.That(() => StartAsync(configuration), Throws.InvalidOperationException.With.Message.Contains("There is no certificate"));
        await Task.CompletedTask;
    }

    [Test]
    public async Task A_change_of_configuration_is_taken_over_and_a_slip_is_not()
    {
        var port = Loopback.FreePort();
        var configuration = Working();
        configuration[$"{EndPoint}:Url"] = $"https://127.0.0.1:{port}";
        await using var host = await StartAsync(configuration, mayWarn: true);
        var root = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        var renewed = TestCertificates.ServerWith(TestKey.Rsa2048);
        Assert.That(await PresentedAsync(port), Is.EqualTo(TestCertificates.Server.Certificate));

        // A slip: told, and what was there stays.
        root[$"{EndPoint}:TlsFsm:HandshakeTimeout"] = "soon";
        root.Reload();
        await Until(() => host.Warnings.Any(line => line.Contains("HandshakeTimeout")));
        await Until(async () => TestCertificates.Server.Certificate.Equals(await PresentedAsync(port)));

        root[$"{EndPoint}:TlsFsm:HandshakeTimeout"] = "00:00:30";
        root[$"{EndPoint}:TlsFsm:Certificate:Path"] = PemFiles.Of(renewed).Chain;
        root[$"{EndPoint}:TlsFsm:Certificate:KeyPath"] = PemFiles.Of(renewed).Key;
        root.Reload();

        await Until(async () => renewed.Certificate.Equals(await PresentedAsync(port)));
    }

    [Test]
    public async Task An_end_point_that_comes_while_the_server_runs_is_told_to_need_a_restart()
    {
        await using var host = await StartAsync(Working(), mayWarn: true);
        var root = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();

        root["Kestrel:Endpoints:Later:Url"] = $"https://127.0.0.1:{Loopback.FreePort()}";
        root["Kestrel:Endpoints:Later:TlsFsm:Certificate:Path"] = Files.Chain;
        root["Kestrel:Endpoints:Later:TlsFsm:Certificate:KeyPath"] = Files.Key;
        root.Reload();

        await Until(() => host.Warnings.Any(line => line.Contains("Kestrel:Endpoints:Later has come while the server runs: restart it")));
        Assert.That(await PresentedAsync(host.Port), Is.EqualTo(TestCertificates.Server.Certificate));
    }

    [Test]
    public async Task A_certificate_comes_from_a_store_and_so_does_its_renewal()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Elsewhere a store is the system's, and nothing for a test to write to.");
        using var store = new TestStore();
        var (first, renewed) = (TestCertificates.Server, TestCertificates.ServerWith(TestKey.Rsa2048));
        store.Add(first.Certificate);
        var configuration = new Dictionary<string, string?>
        {
            [$"{EndPoint}:Url"] = "https://127.0.0.1:0",
            [$"{EndPoint}:TlsFsm:Certificate:Subject"] = "server",
            [$"{EndPoint}:TlsFsm:Certificate:Store"] = store.Name,
            [$"{EndPoint}:TlsFsm:CertificateReload"] = "00:00:00.001",
        };
        await using var host = await StartAsync(configuration, mayWarn: true);
        Assert.That(await PresentedAsync(host.Port, CertificateVerification.DangerousAcceptAny), Is.EqualTo(first.Certificate));

        store.Add(renewed.Certificate);
        store.Remove(first.Certificate);

        await Until(async () => renewed.Certificate.Equals(await PresentedAsync(host.Port, CertificateVerification.DangerousAcceptAny)));
    }

    [Test]
    public void A_store_that_is_missing_is_named()
    {
        var configuration = new Dictionary<string, string?>
        {
            [$"{EndPoint}:Url"] = "https://127.0.0.1:0",
            [$"{EndPoint}:TlsFsm:Certificate:Subject"] = "nobody.example",
            [$"{EndPoint}:TlsFsm:Certificate:Store"] = "no such store",
        };

        Assert.That(
            () => StartAsync(configuration),
            Throws.InvalidOperationException.With.Message.Contains($"{EndPoint}:TlsFsm").And.Message.Contains("CurrentUser/no such store"));
    }

    [Test]
    public async Task Settings_have_names()
    {
        var other = TestCertificates.ServerWith(TestKey.Rsa2048);
        await using var host = await TestHost.BuildAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Inner:Certificate:Path"] = PemFiles.Of(other).Chain,
                ["Inner:Certificate:KeyPath"] = PemFiles.Of(other).Key,
            });
            builder.Services.AddTlsFsm(settings => settings.Adjust = options => options with { Credential = TestCertificates.Server });
            builder.Services.AddTlsFsm("inner", builder.Configuration.GetSection("Inner"));
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseTlsFsm());
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseTlsFsmNamed("inner"));
            });
        });

        var presented = new List<object?>();
        foreach (var address in host.Addresses)
            presented.Add(await PresentedAsync(new Uri(address).Port));

        Assert.That(presented, Is.EqualTo(new[] { TestCertificates.Server.Certificate, other.Certificate }));
    }

    [Test]
    public async Task Named_settings_change_with_what_they_are_bound_to()
    {
        var other = TestCertificates.ServerWith(TestKey.Rsa2048);
        await using var host = await TestHost.BuildAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Inner:Certificate:Path"] = Files.Chain,
                ["Inner:Certificate:KeyPath"] = Files.Key,
            });
            builder.Services.AddTlsFsm("inner", builder.Configuration.GetSection("Inner"));
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseTlsFsmNamed("inner")));
        });
        Assert.That(await PresentedAsync(host.Port), Is.EqualTo(TestCertificates.Server.Certificate));
        var root = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();

        root["Inner:Certificate:Path"] = PemFiles.Of(other).Chain;
        root["Inner:Certificate:KeyPath"] = PemFiles.Of(other).Key;
        root.Reload();

        await Until(async () => other.Certificate.Equals(await PresentedAsync(host.Port)));
    }

    [Test]
    public void Settings_that_nobody_has_added_are_named() => Assert.That(
        () => TestHost.StartAsync(listen => listen.UseTlsFsmNamed("inner")),
        Throws.InvalidOperationException.With.Message.Contains("'inner'").And.Message.Contains("AddTlsFsm"));

    private static Dictionary<string, string?> Working() => new()
    {
        [$"{EndPoint}:Url"] = "https://127.0.0.1:0",
        [$"{EndPoint}:TlsFsm:Certificate:Path"] = Files.Chain,
        [$"{EndPoint}:TlsFsm:Certificate:KeyPath"] = Files.Key,
    };

    private static Task<TestHost> StartAsync(Dictionary<string, string?> configuration, bool mayWarn = false) => TestHost.BuildAsync(
        builder =>
        {
            builder.Configuration.AddInMemoryCollection(configuration);
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddTlsFsm();
        },
        mayWarn: mayWarn);

    private static async Task<object?> PresentedAsync(int port, CertificateVerification? verification = null)
    {
        await using var client = await OurClient.OpenAsync(
            port, OurClient.Options() with { Verification = verification ?? TestCertificates.Verification });
        return client.Connection.Session!.PeerCertificate;
    }

    private static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            try
            {
                if (await condition())
                    return;
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                // The end point is just being built anew.
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
