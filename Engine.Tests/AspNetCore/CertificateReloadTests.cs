using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.AspNetCore;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>Certificates that are renewed in their files while Kestrel runs.</summary>
[CancelAfter(60_000)]
public sealed class CertificateReloadTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new();
    private string _folder = null!;

    private string Chain => Path.Combine(_folder, "chain.pem");

    private string Key => Path.Combine(_folder, "key.pem");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("tlsfsm-reload-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_renewed_certificate_is_presented_once_the_last_look_is_old()
    {
        var (old, renewed) = (TestCertificates.Server, TestCertificates.ServerWith(TestKey.Rsa2048));
        Write(old);
        await using var host = await StartAsync();
        Assert.That(await PresentedAsync(host), Is.EqualTo(old.Certificate));

        Write(renewed);
        var before = await PresentedAsync(host);
        _clock.Advance(Minute);
        var after = await PresentedAsync(host);

        Assert.That(before, Is.EqualTo(old.Certificate));
        Assert.That(after, Is.EqualTo(renewed.Certificate));
    }

    [Test]
    public async Task Half_of_a_renewal_is_told_once_and_the_old_certificate_stays()
    {
        var (old, renewed) = (TestCertificates.Server, TestCertificates.ServerWith(TestKey.Rsa2048));
        Write(old);
        await using var host = await StartAsync(mayWarn: true);

        await File.WriteAllTextAsync(Chain, TestCertificates.ChainPem(renewed));
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(Minute);
            Assert.That(await PresentedAsync(host), Is.EqualTo(old.Certificate));
        }

        Assert.That(host.Warnings.Single(), Does.Contain("UseTlsFsm: ").And.Contain("stays in use"));
        Write(renewed);
        _clock.Advance(Minute);
        Assert.That(await PresentedAsync(host), Is.EqualTo(renewed.Certificate));
    }

    [Test]
    public async Task A_file_that_is_gone_for_a_moment_harms_nobody()
    {
        Write(TestCertificates.Server);
        await using var host = await StartAsync(mayWarn: true);

        File.Delete(Key);
        _clock.Advance(Minute);
        Assert.That(await PresentedAsync(host), Is.EqualTo(TestCertificates.Server.Certificate));

        Assert.That(host.Warnings.Single(), Does.Contain(Key));
    }

    [Test]
    public async Task Zero_means_that_nobody_looks_again()
    {
        Write(TestCertificates.Server);
        await using var host = await StartAsync(settings => settings.CertificateReload = TimeSpan.Zero);

        Write(TestCertificates.ServerWith(TestKey.Rsa2048));
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.That(await PresentedAsync(host), Is.EqualTo(TestCertificates.Server.Certificate));
    }

    [Test]
    public async Task A_session_is_gone_on_with_behind_a_look_that_found_nothing_new()
    {
        Write(TestCertificates.Server);
        await using var host = await StartAsync();
        var options = OurClient.Options(protocols: "http/1.1") with { SessionCache = new MemorySessionCache() };
        await using (var first = await OurClient.OpenAsync(host.Port, options))
        {
            await first.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            await first.ReadToEndAsync();
        }

        _clock.Advance(Minute);
        await using var second = await OurClient.OpenAsync(host.Port, options);

        Assert.That(second.Connection.Session!.IsResumed, Is.True);
    }

    private Task<TestHost> StartAsync(Action<TlsFsmSettings>? more = null, bool mayWarn = false) => TestHost.BuildAsync(
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_clock);
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseTlsFsm(settings =>
                {
                    settings.Certificate = new TlsFsmCertificateSettings { Path = Chain, KeyPath = Key };
                    more?.Invoke(settings);
                }));
            });
        },
        mayWarn: mayWarn);

    private void Write(TlsCredential credential)
    {
        File.WriteAllText(Chain, TestCertificates.ChainPem(credential));
        File.WriteAllText(Key, TestCertificates.KeyPem(credential));
    }

    private static async Task<System.Security.Cryptography.X509Certificates.X509Certificate2?> PresentedAsync(TestHost host)
    {
        await using var client = await OurClient.OpenAsync(host.Port, OurClient.Options());
        return client.Connection.Session!.PeerCertificate;
    }
}
