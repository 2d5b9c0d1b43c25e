using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Tests.Architecture;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>The words of every refusal, in a table that a reviewer reads.</summary>
public sealed partial class RefusalTextTests
{
    private static readonly string Golden = Path.Combine(
        Repository.Folder, "Engine.Tests", "Core", "Certificates", "RefusalTexts.md");

    private static CertificateVerification Trust =>
        CertificateVerification.TrustedRoots([X509CertificateLoader.LoadCertificate(OddCertificates.Root.Encoded)]);

    [Test]
    public void Each_refusal_says_all_that_there_is_to_say_and_in_the_words_of_the_table()
    {
        var table = new StringBuilder("""
            # How certificates are refused

            Written by `RefusalTextTests` (`TLSFSM_UPDATE_GOLDEN=1 dotnet test --filter RefusalTextTests`): what is presented, to whom, the
            check that refuses it, the alert, and the words. Pins are left out.

            | presented | to a | check | alert | the words |
            |---|---|---|---|---|

            """);
        foreach (var (name, isClient, refusal) in All())
        {
            if (refusal is not TlsCertificateException fault)
            {
                table.AppendLine($"| {name} | {(isClient ? "server" : "client")} | not refused: {refusal?.Message} |");
                continue;
            }

            AssertComplete(name, fault, isClient);
            var words = Pin().Replace(fault.Message, "'...'").Replace("|", "\\|", StringComparison.Ordinal);
            table.AppendLine(
                $"| {name} | {(isClient ? "server" : "client")} | {fault.Check} | {(int)fault.Alert!} `{fault.Alert}` | {words} |");
        }

        var text = table.ToString().ReplaceLineEndings("\n");
        Assert.That(text, Does.Not.Contain("not refused"));
        GoldenFile.AssertIs(Golden, text);
    }

    /// <summary>Whose, for which host, which check, at which certificate, what was wrong, what would mend it.</summary>
    private static void AssertComplete(string name, TlsCertificateException fault, bool isClient)
    {
        Assert.That(fault.Message, Does.StartWith($"The {(isClient ? "client" : "server")}"), name);
        Assert.That(fault.Message.Contains($" for '{fault.Host}'", StringComparison.Ordinal), Is.EqualTo(!isClient), name);
        Assert.That(fault.Message.Where(c => c is < ' ' or > '~'), Is.Empty, name);
        Assert.That(fault.Message, Does.Not.Match("unhandled|Cryptographic|OpenSSL|OpenSsl|PartialChain|UntrustedRoot|NotTimeValid"), name);
        if (fault.Check == "presence")
            return;

        Assert.That(fault.Message, Does.Contain($" fails the check '{fault.Check}'").And.Contain($": {fault.Detail}. "), name);
        Assert.That(fault.Message, Does.EndWith(".").And.Not.EndWith($"{fault.Detail}. "), name);
        if (fault.Certificate is { } certificate)
            Assert.That(
                fault.Message,
                Does.Contain($"'{certificate.Subject}'").Or.Contain(Convert.ToHexString(SHA256.HashData(certificate.RawData))),
                name);
        else
            Assert.That(fault.Check, Is.AnyOf("encoding", "raw public key", "type of certificate"), name);
    }

    private static IEnumerable<(string Name, bool IsClient, TlsException? Fault)> All()
    {
        foreach (var odd in OddCertificates.All.Where(one => one.Check is not null))
        {
            foreach (var isClient in OddCertificateTests.Roles(odd))
                yield return (odd.Name, isClient, OddCertificateTests.Present(odd, SslProtocols.Tls13, isClient));
        }

        byte[][] sound = [SpeltCertificate.Leaf(OddCertificates.Root).Encoded];
        foreach (var isClient in new[] { false, true })
        {
            foreach (var (name, verification) in Verifications())
                yield return (name, isClient, Presenting.Raw(
                    SslProtocols.Tls13, isClient, verification, new FakeTimeProvider(SpeltCertificate.Now), TestCertificates.Host, sound));

            var pair = BareKeys(isClient);
            yield return ("a bare key that is not known", isClient, isClient ? pair.ServerFault : pair.ClientFault);
        }

        yield return ("a certificate where only bare keys are known", true, Presenting.Raw(
            SslProtocols.Tls13, isClient: true, Trust with
            {
                RawPublicKeys = [CertificateVerification.PinOf(TestCertificates.OtherRoot)],
                CertificateTypes = [TlsCertificateType.RawPublicKey],
            }, new FakeTimeProvider(SpeltCertificate.Now), TestCertificates.Host, sound));

        foreach (var (name, credential, mode) in Staples())
        {
            using var pair = new CorePair(
                new TlsClientOptions
                {
                    TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification with { Staple = mode },
                },
                CorePair.ServerOptions(credential: credential));
            pair.Handshake();
            yield return (name, false, pair.ClientFault);
        }

        using var nobody = new CorePair(
            CorePair.Options(SslProtocols.Tls13), new TlsServerOptions
            {
                Credential = TestCertificates.Server, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = TestCertificates.Verification,
            });
        nobody.Handshake();
        yield return ("no certificate at all", true, nobody.ServerFault);
    }

    /// <summary>A sound certificate, and who refuses it all the same.</summary>
    private static IEnumerable<(string Name, CertificateVerification Verification)> Verifications() =>
    [
        ("a key that is not pinned", Trust with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] }),
        ("what nobody can say is not revoked", Trust with { RevocationMode = X509RevocationMode.Offline }),
        ("what the application refuses", CertificateVerification.Custom(static _ => TlsAlert.AccessDenied)),
        ("what the application's review refuses", Trust with
        {
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(static _ => TlsAlert.AccessDenied),
        }),
    ];

    private static IEnumerable<(string Name, TlsCredential Credential, StapleMode Mode)> Staples()
    {
        var server = TestCertificates.Server;
        yield return ("a staple that says revoked", server with
        {
            Staple = Of(server, new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1)),
        }, StapleMode.Request);
        yield return ("a staple that says unknown", server with { Staple = Of(server, new UnknownStatus()) }, StapleMode.Request);
        yield return ("a staple of another certificate", server with { Staple = Of(TestCertificates.Wildcard) }, StapleMode.Request);
        yield return ("a staple that is old", server with { Staple = Of(server, age: TimeSpan.FromDays(3)) }, StapleMode.Require);
        yield return ("no staple, and one is required", server, StapleMode.Require);
        yield return ("no staple, and the certificate demands one", TestStaples.MustStaple, StapleMode.Request);

        static OcspStaple Of(TlsCredential credential, CertificateStatus? says = null, TimeSpan? age = null) =>
            new(TestStaples.For(credential.Certificate, says, age: age ?? TimeSpan.Zero));
    }

    private static CorePair BareKeys(bool isClients)
    {
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var clientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateVerification Known(ECDsa key) => TestCertificates.Verification with
        {
            RawPublicKeys = [CertificateVerification.PinOfKey(key)], CertificateTypes = [TlsCertificateType.RawPublicKey],
        };
        var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = Known(isClients ? serverKey : other),
                Credential = TlsCredential.FromKey(clientKey),
            },
            new TlsServerOptions
            {
                Credential = TlsCredential.FromKey(serverKey), ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = Known(isClients ? other : clientKey),
            });
        pair.Handshake();
        return pair;
    }

    [GeneratedRegex("'[A-Za-z0-9+/]{43}='")]
    private static partial Regex Pin();
}
