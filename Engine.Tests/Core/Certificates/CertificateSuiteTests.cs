using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Architecture;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// Suites of chains, played through whole handshakes: somebody presents the case's certificates, and signs with another key. Whether the
/// chain was accepted shows in what we complain of. Where we differ from what a suite expects, <c>SuiteDifferences.md</c> says why.
/// </summary>
public sealed class CertificateSuiteTests
{
    private const string Differences = "Engine.Tests/Core/Certificates/SuiteDifferences.md";

    // How the reason of such a case begins.
    private const string NeedsList = "the case needs a revocation list";

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void A_suite_is_answered_as_it_expects_but_for_what_is_written_down(
        [Values("limbo", "pkits")] string suite, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var cases = CertificateSuites.Read(suite);
        var known = KnownDifferences();

        var report = new StringBuilder();
        foreach (var one in cases)
        {
            var fault = Play(one, version);
            var isAccepted = fault is null;
            if (isAccepted == one.ShouldPass)
            {
                if (known.ContainsKey(one.Id))
                    report.AppendLine($"{one.Id}: as expected now; take it off the list");
            }
            else if (!known.TryGetValue(one.Id, out var accepts) || accepts != isAccepted)
            {
                report.AppendLine($"{one.Id}: {(isAccepted ? "accepted, and should not be" : $"refused, and should not be: {fault}")}");
            }
        }

        Assert.That(report.ToString(), Is.Empty);
    }

    [Test]
    public void What_needs_a_revocation_list_is_refused_where_revocation_is_looked_up([Values("limbo", "pkits")] string suite)
    {
        var needing = Rows().Where(row => row.IsAccepted && row.Reason.StartsWith(NeedsList, StringComparison.Ordinal))
            .Select(row => row.Id).ToHashSet();
        var cases = CertificateSuites.Read(suite).Where(one => needing.Contains(one.Id)).ToList();

        var accepted = cases.Where(one => Play(one, SslProtocols.Tls13, X509RevocationMode.Offline) is null).Select(one => one.Id);

        Assert.That(cases, Is.Not.Empty);
        Assert.That(accepted, Is.Empty);
    }

    [Test]
    public void Each_difference_has_a_reason_and_is_there_once()
    {
        var rows = Rows().ToList();

        Assert.That(rows.Where(row => row.Reason.Length < 20).Select(row => row.Id), Is.Empty, "without a reason");
        Assert.That(rows.GroupBy(row => row.Id).Where(group => group.Count() > 1).Select(group => group.Key), Is.Empty, "twice");
    }

    /// <returns>Why it was refused; null when it was accepted.</returns>
    private static string? Play(SuiteCase one, SslProtocols version, X509RevocationMode revocation = X509RevocationMode.NoCheck)
    {
        CertificateVerification verification;
        try
        {
            verification = CertificateVerification.TrustedRoots([.. one.TrustedCerts.Select(Load)]) with
            {
                Memory = null, RevocationMode = revocation,
            };
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }

        var time = new FakeTimeProvider(one.ValidationTime ?? DateTimeOffset.UtcNow);
        byte[][] chain = [Der(one.PeerCertificate), .. one.UntrustedIntermediates.Select(Der)];
        using var trial = one.IsServer ? AsServer(one, version, verification, time) : AsClient(version, verification, time);
        trial.Replacing(Messages.Certificate, _ => [.. Presenting.Message(chain, version).Chunk(16_000)]);

        // The chain's own refusals, and a message or certificate that is too large. What is left is about the signature.
        var fault = trial.Outcome();
        return fault is TlsCertificateException || fault?.Message.Contains("Max", StringComparison.Ordinal) == true ? fault.Message : null;
    }

    private static Trial AsServer(SuiteCase one, SslProtocols version, CertificateVerification verification, TimeProvider time)
    {
        // Some cases are about the chain alone.
        if (one.ExpectedPeerName is null)
            verification = verification with
            {
                Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(
                    static review => review.Findings.FirstOrDefault(finding => finding.Check != "host name")?.Alert),
            };
        return Trial.OfServer(version, CorePair.ServerOptions(version), new TlsClientOptions
        {
            TargetHost = one.ExpectedPeerName?.Value ?? TestCertificates.Host, EnabledProtocols = version, Verification = verification,
            TimeProvider = time, Limits = Roomy,
        });
    }

    private static Trial AsClient(SslProtocols version, CertificateVerification verification, TimeProvider time) => Trial.OfClient(
        version, Mutual.Client(version), new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = verification, TimeProvider = time, Limits = Roomy, AcceptableIssuers = [],
        });

    private static X509Certificate2 Load(string pem) => X509CertificateLoader.LoadCertificate(Der(pem));

    private static byte[] Der(string pem)
    {
        var fields = System.Security.Cryptography.PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }

    /// <summary>Cases by their name, with whether we accept them.</summary>
    private static Dictionary<string, bool> KnownDifferences() => Rows().ToDictionary(row => row.Id, row => row.IsAccepted);

    /// <summary>The rows of the table: case, ours, reason.</summary>
    private static IEnumerable<(string Id, bool IsAccepted, string Reason)> Rows() =>
        from line in File.ReadLines(Path.Combine(Repository.Folder, Differences))
        where line.StartsWith("| `", StringComparison.Ordinal)
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        select (cells[1].Trim('`'), cells[2] == "accepted", cells[3]);

    // Most chains are short; some are made to be long.
    private static readonly TlsLimits Roomy = new() { MaxHandshakeMessageSize = 256 * 1024, MaxCertificateChainLength = 10 };
}
