using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// Certificates as the field has them, and as nobody should, presented to both roles: which check refuses them, and in which words.
/// </summary>
public sealed class OddCertificateTests
{
    private static IEnumerable<TestCaseData> Cases
    {
        get
        {
            foreach (var odd in OddCertificates.All)
            {
                var data = new TestCaseData(odd) { TestName = "Odd_" + odd.Name.Replace(' ', '_') };

                // Those run with ICU too.
                yield return odd.IsForClients ? data.SetCategory("Names") : data;
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void It_is_judged_alike_in_both_roles_and_versions(object given)
    {
        var odd = (OddCase)given;
        foreach (var isClient in Roles(odd))
        {
            foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
            {
                var fault = Present(odd, version, isClient);

                Assert.That(fault?.Check, Is.EqualTo(odd.Check), $"{version} {isClient}: {fault?.Message}");
            }
        }
    }

    [Test]
    public void A_long_chain_is_followed_as_far_as_the_limit_goes([Values] bool isClient)
    {
        var chain = OddCertificates.LongChain(25);
        var trust = CertificateVerification.TrustedRoots([X509CertificateLoader.LoadCertificate(OddCertificates.Root.Encoded)]);
        var time = new FakeTimeProvider(SpeltCertificate.Now);
        TlsCertificateException? Within(int limit) => Presenting.Raw(
            SslProtocols.Tls13, isClient, trust, time, TestCertificates.Host, chain, new TlsLimits { MaxCertificateChainLength = limit });

        Assert.That(Within(26)?.Message, Is.Null);
        Assert.That(Within(25)?.Check, Is.EqualTo("chain length"));
    }

    /// <summary>Whether it is presented by a client, and whether by a server.</summary>
    internal static bool[] Roles(OddCase odd) => odd.IsForClients ? [false] : odd.IsForServers ? [true] : [false, true];

    internal static TlsCertificateException? Present(OddCase odd, SslProtocols version, bool isClient) => Presenting.Raw(
        version, isClient, CertificateVerification.TrustedRoots([.. odd.Trust.Select(X509CertificateLoader.LoadCertificate)]),
        new FakeTimeProvider(SpeltCertificate.Now), odd.Host, odd.Chain);
}
