using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class OptionRulesTests
{
#pragma warning disable CA5397, SYSLIB0039 // Old versions are named here to be refused.
    private static readonly TestCaseData[] BadClients =
    [
        new(new TlsClientOptions(), "TargetHost is null"),
        new(new TlsClientOptions { Verification = TestCertificates.Verification }, "TargetHost is null"),
        new(new TlsClientOptions { TargetHost = "" }, "is empty"),
        new(new TlsClientOptions { TargetHost = "a b" }, "the character ' '"),
        new(new TlsClientOptions { TargetHost = "a..b" }, "no host name"),
        new(new TlsClientOptions { TargetHost = "x", EnabledProtocols = SslProtocols.None }, "neither TLS 1.2 nor TLS 1.3"),
        new(new TlsClientOptions { TargetHost = "x", EnabledProtocols = SslProtocols.Tls11 | SslProtocols.Tls12 }, "has Tls11"),
        new(new TlsClientOptions { TargetHost = "x", ApplicationProtocols = [default] }, "an empty name"),
        new(new TlsClientOptions { TargetHost = "x", ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http2] },
            "'h2' twice"),
        new(new TlsClientOptions { TargetHost = "x", Verification = null! }, "Verification is null"),
    ];
#pragma warning restore CA5397, SYSLIB0039

    [TestCaseSource(nameof(BadClients))]
    public void A_contradiction_is_named_when_the_core_is_made(TlsClientOptions options, string words)
    {
        var fault = Assert.Throws<ArgumentException>(() => BouncyCastleCore.CreateClient(options).Dispose());

        Assert.That(fault!.Message, Does.Contain(words));
    }

    [Test]
    public void A_server_needs_a_credential_and_a_version()
    {
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = null! }),
            Throws.ArgumentException.With.Message.Contains("Credential is null"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = SslProtocols.None }),
            Throws.ArgumentException.With.Message.Contains("neither TLS 1.2 nor TLS 1.3"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = TestCertificates.Server, ClientCertificates = (ClientCertificateMode)9 }),
            Throws.ArgumentException.With.Message.Contains("has no value 9"));
    }

    [Test]
    public void A_client_that_judges_by_itself_needs_no_host_and_names_none()
    {
        using var pair = CorePair.Connected(new TlsClientOptions { Verification = CertificateVerification.DangerousAcceptAny });

        Assert.That(pair.Server.Session!.ServerName, Is.Null);
    }

    [Test]
    public void Calls_in_an_impossible_order_are_the_callers_mistake()
    {
        using var core = BouncyCastleCore.CreateClient(CorePair.Options());
        Assert.That(() => core.StepHandshake(), Throws.InvalidOperationException.With.Message.Contains("Attach"));
        core.Attach(new MemoryBio(), new MemoryBio());

        Assert.That(() => core.Attach(new MemoryBio(), new MemoryBio()), Throws.InvalidOperationException);
        Assert.That(() => core.Read(new byte[1], out _), Throws.InvalidOperationException);
        Assert.That(() => core.Write("x"u8), Throws.InvalidOperationException);
        Assert.That(() => core.StepShutdown(), Throws.InvalidOperationException);
        core.Shrink();
        core.Dispose();
        core.Dispose();
        core.Shrink();
        Assert.That(() => core.StepHandshake(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(core.PendingPlaintext, Is.Zero);
    }
}
