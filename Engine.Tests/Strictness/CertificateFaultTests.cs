using System.Security.Authentication;
using TlsFsm.Abstractions;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>
/// What is wrong with a client's certificate, and with one that was tampered with. Servers' are in the tests of the verifier.
/// </summary>
[TestFixture]
internal sealed class CertificateFaultTests
{
    private static readonly FaultSource[] Sides = [FaultSource.Client, FaultSource.Server];
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

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

    [Test, Proves(nameof(CertificateFaults.Untrusted), nameof(CertificateFaults.Expired), nameof(CertificateFaults.WrongUsage))]
    public void A_bad_client_certificate_is_refused_with_its_alert([ValueSource(nameof(Versions))] SslProtocols version)
    {
        foreach (var (credential, fault) in ((TlsCredential, PeerFault)[])
        [
            (TestCertificates.UntrustedClient, CertificateFaults.Untrusted),
            (TestCertificates.ExpiredClient, CertificateFaults.Expired),
            (TestCertificates.Server, CertificateFaults.WrongUsage),
        ])
        {
            using var trial = Trial.OfClient(
                version,
                new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols =
                    version, Credential = credential },
                Mutual.Server(version));
            trial.Fails(fault, TlsFault.CertificateRejected);
        }
    }
}
