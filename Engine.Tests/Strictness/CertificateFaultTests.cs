using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What can be wrong with a certificate, in both roles and versions. What we say about it is in the verifier's tests.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.All))]
internal sealed class CertificateFaultTests(Detour detour) : OnEveryWay(detour)
{
    private static readonly FaultSource[] Sides = [FaultSource.Client, FaultSource.Server];
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly Flaw[] Flaws =
    [
        new("Untrusted", CertificateFaults.Untrusted, () => TestCertificates.Untrusted, () => TestCertificates.UntrustedClient),
        new("Expired", CertificateFaults.Expired, () => TestCertificates.Expired, () => TestCertificates.ExpiredClient),
        new("WrongUsage", CertificateFaults.WrongUsage, () => TestCertificates.WrongUsage, () => TestCertificates.Server),
        OfLeaf(CertificateFaults.NotYetValid, WrongLeaf.NotYetValid),
        OfLeaf(CertificateFaults.Weak, WrongLeaf.WeakKey),
        OfLeaf(CertificateFaults.Weak, WrongLeaf.WeakSignature),
        OfLeaf(CertificateFaults.BadForm, WrongLeaf.NoAuthority),
        OfLeaf(CertificateFaults.BadForm, WrongLeaf.NameConstraints),
        OfLeaf(CertificateFaults.BadForm, WrongLeaf.CriticalExtension),
        Demanding("TooLong", CertificateFaults.TooLongChain) with { Limits = new TlsLimits { MaxCertificateChainLength = 1 } },
        Demanding("Revocation", CertificateFaults.BadChain) with
        {
            Verification = TestCertificates.Verification with { RevocationMode = X509RevocationMode.Offline },
        },
        Demanding("WrongPin", CertificateFaults.WrongPin) with
        {
            Verification = TestCertificates.Verification with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] },
        },
    ];

    [Test, Proves(nameof(CertificateFaults.BadForm))]
    public void A_certificate_whose_signature_was_changed_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Mutual.Trial(from, version).Changing(Messages.Certificate, message =>
        {
            // The leaf's length, behind the list's and on TLS 1.3 the context's; at its end the signature.
            var at = version == SslProtocols.Tls13 ? 8 : 7;
            var size = (message[at] << 16) | (message[at + 1] << 8) | message[at + 2];
            message[at + 2 + size] ^= 1;
            return message;
        });
        trial.Fails(CertificateFaults.BadForm, TlsFault.CertificateRejected);
    }

    [Test, Proves(
        nameof(CertificateFaults.Untrusted), nameof(CertificateFaults.Expired), nameof(CertificateFaults.WrongUsage),
        nameof(CertificateFaults.NotYetValid), nameof(CertificateFaults.Weak), nameof(CertificateFaults.BadForm),
        nameof(CertificateFaults.TooLongChain), nameof(CertificateFaults.BadChain), nameof(CertificateFaults.WrongPin))]
    public void A_bad_certificate_is_refused_with_its_alert_by_either_side(
        [ValueSource(nameof(Flaws))] object flaw, [ValueSource(nameof(Sides))] FaultSource from,
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var bad = (Flaw)flaw;
        var server = new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version,
            ClientCertificates = ClientCertificateMode.Request, ClientVerification = bad.Verification, Limits = bad.Limits,
        };
        var client = new TlsClientOptions
        {
            EnabledProtocols = version, TargetHost = TestCertificates.Host, Verification = bad.Verification, Limits = bad.Limits,
        };
        using var trial = from == FaultSource.Client
            ? Trial.OfClient(version, Mutual.Client(version, bad.Client()), server)
            : Trial.OfServer(version, Mutual.Server(version, bad.Server()), client);

        trial.Fails(bad.Fault, TlsFault.CertificateRejected);
    }

    private static Flaw OfLeaf(PeerFault fault, WrongLeaf wrong) =>
        new($"{wrong}", fault, () => BadCertificates.Server(wrong), () => BadCertificates.Client(wrong));

    /// <summary>Nothing is wrong with the certificate, but somebody demands more of it.</summary>
    private static Flaw Demanding(string name, PeerFault fault) =>
        new(name, fault, () => TestCertificates.Server, () => TestCertificates.Client);

    /// <summary>What is wrong with a certificate: a server's and a client's that show it, and who finds it.</summary>
    private sealed record Flaw(string Name, PeerFault Fault, Func<TlsCredential> Server, Func<TlsCredential> Client)
    {
        public CertificateVerification Verification { get; init; } = TestCertificates.Verification;

        public TlsLimits Limits { get; init; } = TlsLimits.Default;

        public override string ToString() => Name;
    }
}
