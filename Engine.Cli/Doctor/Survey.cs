using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Doctor;

/// <summary>The questions of one examination, in order.</summary>
/// <param name="prober">Asks them.</param>
/// <param name="options">How.</param>
/// <param name="progress">Told what is being asked next.</param>
internal sealed class Survey(Prober prober, DoctorOptions options, Action<string> progress)
{
    /// <summary>Asks all of them.</summary>
    /// <param name="peer">As it was given.</param>
    /// <exception cref="CliException">The server speaks no version that can be asked for, or cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<Diagnosis> RunAsync(string peer, CancellationToken cancellationToken)
    {
        progress("TLS versions");
        var first13 = await TryAsync(Everything13, cancellationToken);
        var first12 = await TryAsync(Everything12, cancellationToken);
        if (!first13.IsAccepted && !first12.IsAccepted)
            throw Nothing(peer, first13, first12);

        var version13 = await ExamineAsync("TLS 1.3", Everything13, first13, cancellationToken);
        var version12 = await ExamineAsync("TLS 1.2", Everything12, first12, cancellationToken);
        var policy = first13.IsAccepted ? Everything13 : Everything12;
        progress("application protocols");
        var (protocols, refusesUnknown) = await AskForProtocolsAsync(policy, cancellationToken);
        progress("server names");
        var first = first13.IsAccepted ? first13 : first12;
        var withoutName = await AskForNameAsync(policy, NoName, first, cancellationToken);
        var unknownName = await AskForNameAsync(policy, UnknownName, first, cancellationToken);
        return new Diagnosis
        {
            Peer = peer,
            ServerName = options.ServerName,
            At = TimeProvider.System.GetUtcNow(),
            Connections = prober.Connections,
            Versions = [version13, version12],
            ApplicationProtocols = protocols,
            RefusesUnknownProtocols = refusesUnknown,
            OcspStapling = Stapling(first),
            SecureRenegotiation = OnlyOn12(first12, static _ => new Finding(Answer.Yes, "RFC 5746")),
            ExtendedMasterSecret = OnlyOn12(
                first12, static session => new Finding(session.HasExtendedMasterSecret ? Answer.Yes : Answer.No)),
            AsksForClientCertificate = AsksForCertificate(first13, first12),
            ServesWithoutName = withoutName,
            ServesUnknownName = unknownName,
            Certificates = [.. prober.Certificates.Values],
            Remarks = [.. RemarksOn(version13, version12, first12)],
            NotTested = Untestable,
        };
    }

    private Task<ProbeResult> TryAsync(TlsPolicy policy, CancellationToken cancellationToken) =>
        prober.TryAsync(new Probe { Policy = policy }, cancellationToken);

    private async Task<VersionFinding> ExamineAsync(string name, TlsPolicy policy, ProbeResult first, CancellationToken cancellationToken)
    {
        if (!first.IsAccepted)
            return new VersionFinding { Version = name, Accepted = first.ToFinding() };

        progress($"{name}: cipher suites");
        var (_, suites) = await Elimination.RunAsync(
            policy.CipherSuites,
            async rest => await TryAsync(policy with { CipherSuites = rest }, cancellationToken),
            static result => (result.Session!.CipherSuite, result.Session.CipherSuite.ToString()));
        progress($"{name}: groups");
        var groups = await FindGroupsAsync(policy, first, cancellationToken);
        progress($"{name}: signature schemes");
        var (_, schemes) = await Elimination.RunAsync(
            policy.SignatureSchemes,
            async rest => Sign(policy, rest) is { } narrowed ? await TryAsync(narrowed, cancellationToken) : null,
            static result => Parse<TlsSignatureScheme>(result.Session!.PeerSignatureScheme));
        progress($"{name}: resumption");
        return new VersionFinding
        {
            Version = name,
            Accepted = new Finding(Answer.Yes),
            CipherSuites = suites,
            Groups = groups,
            SignatureSchemes = schemes,
            Resumption = await ResumeAsync(policy, cancellationToken),
        };
    }

    private async Task<AcceptedList> FindGroupsAsync(TlsPolicy policy, ProbeResult first, CancellationToken cancellationToken)
    {
        if (policy.Protocols == SslProtocols.Tls13)
        {
            // Without a key share the server has to ask for the group that it wants; with one, many take what is at hand.
            var (_, list) = await Elimination.RunAsync(
                policy.Groups,
                async rest =>
                    await TryAsync(policy with { Groups = rest, KeyShares = [] }, cancellationToken) is { IsAccepted: true } result
                    ? result
                    : await TryAsync(policy with { Groups = rest, KeyShares = [rest[0]] }, cancellationToken),
                static result => Parse<TlsNamedGroup>(result.Session!.Group));
            return list;
        }

        // RFC 8422 section 5.1: on TLS 1.2 the list is also that of the curves of certificates, so the certificate's own must stay on it,
        // at the end. Once the server chooses that one, nothing behind it can be told.
        TlsNamedGroup[] curve = first.CertificateCurve is { } own ? [own] : [];
        var (chosen, named) = await Elimination.RunAsync(
            policy.Groups,
            async rest => await TryAsync(policy with { Groups = rest, CertificateCurves = curve }, cancellationToken),
            static result => Parse<TlsNamedGroup>(result.Session!.Group));
        var isHeldUp = chosen.Count < policy.Groups.Count && chosen.Count > 0 && curve.Contains(chosen[^1]);
        return isHeldUp && named.Trouble is null
            ? named with { Trouble =
                "on TLS 1.2 the curve of the certificate must be offered too, and the groups that come after it cannot be told" }
            : named;
    }

    private async Task<Finding> ResumeAsync(TlsPolicy policy, CancellationToken cancellationToken)
    {
        var tickets = new TicketWatch();
        var probe = new Probe
        {
            Policy = policy,
            Tickets = tickets,
            ApplicationProtocols = [.. options.ApplicationProtocols.Where(static one => one == SslApplicationProtocol.Http11)],
        };
        var full = await prober.TryAsync(probe, cancellationToken);
        if (full is { IsRefused: true, Alert: TlsAlert.NoApplicationProtocol })
        {
            probe = probe with { ApplicationProtocols = [] };
            full = await prober.TryAsync(probe, cancellationToken);
        }

        if (!full.IsAccepted)
            return full.ToFinding();
        if (!tickets.First.IsCompleted)
            return WithoutTicket(full.Session!);

        var resumed = await prober.TryAsync(probe, cancellationToken);
        return resumed.Session is { } session
            ? new Finding(
                session.IsResumed ? Answer.Yes : Answer.No, session.IsResumed ? null : "it gave a session, and did not go on with it")
            : resumed.ToFinding();
    }

    /// <summary>
    /// TLS 1.2 gives its session in the handshake. On TLS 1.3 a server may give it at any time, and those over BoringSSL do so with their
    /// first data.
    /// </summary>
    private static Finding WithoutTicket(TlsSessionInfo session) => session switch
    {
        { Protocol: SslProtocols.Tls12, HasExtendedMasterSecret: false } =>
            Finding.NotTested("nothing is resumed without extended master secret"),
        { Protocol: SslProtocols.Tls12 } => new Finding(Answer.No, "it gave no session to resume"),
        _ when session.ApplicationProtocol == SslApplicationProtocol.Http11 =>
            new Finding(Answer.No, "it gave no session to resume, nor with its answer to an HTTP request"),
        _ => Finding.NotTested(
            "no ticket came with the handshake; some servers send theirs with their first data, and what this one wants to hear is not known"),
    };

    private async Task<(AcceptedList Accepted, Finding RefusesUnknown)> AskForProtocolsAsync(
        TlsPolicy policy, CancellationToken cancellationToken)
    {
        var (_, accepted) = await Elimination.RunAsync(
            options.ApplicationProtocols,
            async rest => await prober.TryAsync(new Probe { Policy = policy, ApplicationProtocols = rest }, cancellationToken),
            static result => result.Session!.ApplicationProtocol is { Protocol.IsEmpty: false } one ? (one, one.ToString()) : null);
        var unknown = await prober.TryAsync(
            new Probe { Policy = policy, ApplicationProtocols = [new SslApplicationProtocol("no-such-protocol")] }, cancellationToken);
        return (accepted, unknown switch
        {
            { IsAccepted: true } => new Finding(Answer.No, "it goes on without one"),
            { IsRefused: true } => new Finding(Answer.Yes, unknown.Reason),
            _ => unknown.ToFinding(),
        });
    }

    private async Task<Finding> AskForNameAsync(TlsPolicy policy, string name, ProbeResult usual, CancellationToken cancellationToken)
    {
        var result = await prober.TryAsync(new Probe { Policy = policy, ServerName = name }, cancellationToken);
        if (!result.IsAccepted)
            return result.ToFinding();

        return new Finding(Answer.Yes, result.Certificate?.Fingerprint == usual.Certificate?.Fingerprint
            ? "with the same certificate"
            : $"with another certificate, '{result.Certificate?.Subject}'");
    }

    private static Finding Stapling(ProbeResult first) => first switch
    {
        { HasStaple: false } => new Finding(Answer.No),
        { Staple: StapleStatus.None } => new Finding(Answer.Yes, "not verified, because the chain is not trusted"),
        _ => new Finding(Answer.Yes, $"it says: {first.Staple.ToString().ToLowerInvariant()}"),
    };

    private static Finding OnlyOn12(ProbeResult first12, Func<TlsSessionInfo, Finding> answer) =>
        first12.Session is { } session ? answer(session) : Finding.NotTested("it is a matter of TLS 1.2, which was not agreed on");

    private static Finding AsksForCertificate(ProbeResult first13, ProbeResult first12) =>
        new(first13.IsCertificateAskedFor || first12.IsCertificateAskedFor ? Answer.Yes : Answer.No);

    private static IEnumerable<Remark> RemarksOn(VersionFinding version13, VersionFinding version12, ProbeResult first12)
    {
        if (version13.Accepted.Answer == Answer.No)
            yield return new Remark(false, version13.Version, "not spoken: newer handshakes are faster, and hide the certificates");
        if (version12.Accepted.Answer == Answer.No && first12.IsCertificateAskedFor)
            yield return new Remark(
                false, version12.Version, "refused after a client certificate was asked for: --cert and --key give one");
        if (first12.Session is { HasExtendedMasterSecret: false })
            yield return new Remark(
                false, version12.Version,
                "no extended master secret (RFC 7627): clients that require it, as ours by default, do not connect");
        if (version12.CipherSuites?.Names.Any(name => name.Contains("_CBC_", StringComparison.Ordinal)) == true)
            yield return new Remark(
                false, version12.Version, "cipher suites with CBC: nobody needs them any more, and they have a history of padding attacks");
        if (version13.Groups is { } groups && !groups.Names.Any(name => name.Contains("MLKEM", StringComparison.OrdinalIgnoreCase)))
            yield return new Remark(
                false, version13.Version, "no group that withstands a quantum computer: what is recorded today can be read one day");
    }

    private static CliException Nothing(string peer, ProbeResult first13, ProbeResult first12)
    {
        var wasReached = first13.IsRefused || first12.IsRefused;
        return new CliException(
            wasReached ? $"{peer}: neither TLS 1.3 ({first13.Reason}) nor TLS 1.2 ({first12.Reason}); older versions cannot be tested"
                : Prefixed(peer, first12.Reason!),
            wasReached ? ExitCode.Tls : ExitCode.Io);
    }

    private static string Prefixed(string peer, string reason) =>
        reason.StartsWith(peer, StringComparison.Ordinal) ? reason : $"{peer}: {reason}";

    /// <summary>The policy with these schemes and the suites that they leave; null when that leaves nothing to negotiate.</summary>
    private static TlsPolicy? Sign(TlsPolicy policy, IReadOnlyList<TlsSignatureScheme> schemes)
    {
        if (policy.Protocols == SslProtocols.Tls13)
        {
            // RSA PKCS#1 signs no handshake of TLS 1.3, but certificates: those of the chain must stay acceptable.
            return schemes.Any(scheme => !IsPkcs1(scheme))
                ? policy with { SignatureSchemes = [.. schemes.Where(scheme => !IsPkcs1(scheme)), .. Pkcs1] } : null;
        }

        var suites = policy.CipherSuites.Where(
            suite => schemes.Any(scheme => IsRsa(scheme) != suite.ToString().Contains("_ECDSA_", StringComparison.Ordinal))).ToList();
        return suites.Count > 0 ? policy with { SignatureSchemes = schemes, CipherSuites = suites } : null;
    }

    private static bool IsPkcs1(TlsSignatureScheme scheme) => Pkcs1.Contains(scheme);

    private static bool IsRsa(TlsSignatureScheme scheme) => scheme.ToString().StartsWith("Rsa", StringComparison.Ordinal);

    /// <summary>A value by its IANA name, which is ours but for case and underscores.</summary>
    private static (T Value, string Name)? Parse<T>(string? name) where T : struct, Enum =>
        Enum.TryParse<T>(name?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value) ? (value, name!) : null;

    private static readonly TlsSignatureScheme[] Pkcs1 =
        [TlsSignatureScheme.RsaPkcs1Sha256, TlsSignatureScheme.RsaPkcs1Sha384, TlsSignatureScheme.RsaPkcs1Sha512];

    // An address asks for no name (RFC 6066 section 3). This one is for documents, and no certificate has it.
    private const string NoName = "192.0.2.1";

    // RFC 2606: no host is ever called that.
    private const string UnknownName = "no-such-host.invalid";

    private static readonly TlsPolicy Everything13 = TlsPolicy.Default with
    {
        Protocols = SslProtocols.Tls13,
        CipherSuites = [.. TlsPolicy.SupportedCipherSuites.Where(suite => !suite.ToString().Contains("_WITH_", StringComparison.Ordinal))],
        Groups =
        [
            TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1,
            TlsNamedGroup.X448, TlsNamedGroup.Secp256r1MLKem768, TlsNamedGroup.Secp384r1MLKem1024, TlsNamedGroup.MLKem1024,
            TlsNamedGroup.MLKem768,
        ],
        CertificateCurves = [],
        MinRsaBits = 1024,
    };

    private static readonly TlsPolicy Everything12 = TlsPolicy.Default with
    {
        Protocols = SslProtocols.Tls12,
        CipherSuites = [.. TlsPolicy.SupportedCipherSuites.Where(suite => suite.ToString() is var name
            && name.Contains("_WITH_", StringComparison.Ordinal) && !name.Contains("_PSK_", StringComparison.Ordinal))],
        Groups = [TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1, TlsNamedGroup.X448],
        MinRsaBits = 1024,
        RequireExtendedMasterSecret = false,
    };

    private static readonly string[] Untestable =
    [
        "SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1",
        "cipher suites with RSA key exchange, finite-field DHE, static PSK, RC4, 3DES, Camellia, ARIA, or no encryption; CCM on TLS 1.2",
        "finite-field and Brainpool groups, ML-KEM-512",
        "signature schemes with SHA-1, Ed448, ML-DSA",
        "compression, renegotiation by the client, early data, and defects of implementations",
    ];
}
