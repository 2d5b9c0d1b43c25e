using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Core.Options;

/// <summary>What options must not say, checked when a connection is made rather than when it fails.</summary>
internal static class OptionRules
{
    private const int MaxPsks = 8;

    /// <summary>Checks a client's options.</summary>
    /// <returns>
    /// The name that the server's certificate must be for; null when the caller judges certificates itself and gave none.
    /// </returns>
    /// <exception cref="ArgumentException">The options contradict themselves; the message names how.</exception>
    public static PeerName? Check(TlsClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Verification is null)
            throw new ArgumentException(
                $"{nameof(options.Verification)} is null: there is no connection without a judgement of the certificate.", nameof(options));

        CheckLimits(options);
        CheckShared(options);
        CheckProtocols(options.EnabledProtocols, nameof(options));
        PolicyRules.Check(options.Policy, options.EnabledProtocols, nameof(options));
        CheckApplicationProtocols(options.ApplicationProtocols, nameof(options));
        CheckVerification(options.Verification, nameof(options.Verification), nameof(options));
        CheckCredentials(options);
        CheckFitness(options.AllCredentials, options.Policy, isServer: false, nameof(options));
        CheckPsks(options);
        if (options.TargetHost is null && options.Verification.Judge is null && options.Verification.Review is null
            && options.Psks.Count == 0 && options.Verification.RawPublicKeys.Count == 0)
            throw new ArgumentException(
                $"{nameof(options.TargetHost)} is null, but {nameof(options.Verification)} checks for which host the certificate is. "
                + $"Give the host, or a {nameof(CertificateVerification)} that judges by itself.", nameof(options));

        if (options.RequireResumption is not null && (options.SessionCache is null || options.TargetHost is null))
            throw new ArgumentException(
                $"{nameof(options.RequireResumption)} needs a {nameof(options.SessionCache)} that has the session, and a "
                + $"{nameof(options.TargetHost)} that it was with.", nameof(options));

        return options.TargetHost is null ? null : PeerName.Parse(options.TargetHost, nameof(options));
    }

    /// <summary>Checks a server's options.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves; the message names how.</exception>
    public static void Check(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckCredentials(options.Credential, options.Credentials, nameof(options));
        if (options.AllCredentials.Count == 0 && options.FindPsk is null && options.Names is null && options.Choose is null)
            throw new ArgumentException(
                $"{nameof(options.Credential)} is null: a server must present a certificate, have pre-shared keys, or choose.",
                nameof(options));
        if (options.ClientVerification is null)
            throw new ArgumentException(
                $"{nameof(options.ClientVerification)} is null: client certificates could not be judged.", nameof(options));
        if (!Enum.IsDefined(options.ClientCertificates))
            throw new ArgumentException(
                $"{nameof(options.ClientCertificates)} has no value {(int)options.ClientCertificates}.", nameof(options));

        CheckLimits(options);
        if (options.RequireResumption is not null && options.TicketKeys is null)
            throw new ArgumentException(
                $"{nameof(options.RequireResumption)} needs {nameof(options.TicketKeys)}: without them nothing is ever resumed.",
                nameof(options));

        CheckShared(options);
        CheckProtocols(options.EnabledProtocols, nameof(options));
        PolicyRules.Check(
            options.Policy, options.EnabledProtocols, nameof(options),
            [.. options.AllCredentials.SelectMany(credential => credential.SignatureSchemes ?? [])]);
        CheckFitness(options.AllCredentials, options.Policy, isServer: true, nameof(options));
        CheckApplicationProtocols(options.ApplicationProtocols, nameof(options));
        CheckVerification(options.ClientVerification, nameof(options.ClientVerification), nameof(options));
        CheckIssuers(options);
        CheckChoices(options);
        CheckPsks(options);
    }

    private static void CheckPsks(TlsClientOptions options)
    {
        if (options.Psks is null || options.Psks.Any(one => one is null))
            throw new ArgumentException($"{nameof(options.Psks)} is null, or has null in it.", nameof(options));
        if (options.Psks.Count > MaxPsks)
            throw new ArgumentException(
                $"{nameof(options.Psks)} has {options.Psks.Count} keys; at most {MaxPsks} are offered, since each costs the server "
                + "a lookup.", nameof(options));
        if (options.Psks.All(psk => psk.IsImported) && options.Policy.CipherSuites.FirstOrDefault(SupportedSuites.IsPsk) is var suite
            && SupportedSuites.IsPsk(suite))
            throw new ArgumentException(
                $"Policy: CipherSuites has {suite}, and {nameof(options.Psks)} "
                + $"{(options.Psks.Count == 0 ? "is empty" : "has only imported keys, which are for TLS 1.3")}.", nameof(options));
    }

    private static void CheckPsks(TlsServerOptions options)
    {
        if (options.PskHint.Length > TlsPsk.MaxIdentitySize)
            throw new ArgumentException(
                $"{nameof(options.PskHint)} has {options.PskHint.Length} bytes, more than {TlsPsk.MaxIdentitySize}.", nameof(options));
        if (options.FindPsk is null && options.Policy.CipherSuites.FirstOrDefault(SupportedSuites.IsPsk) is var suite
            && SupportedSuites.IsPsk(suite))
            throw new ArgumentException($"Policy: CipherSuites has {suite}, and {nameof(options.FindPsk)} is null.", nameof(options));
        if (options.FindPsk is not null && options.ClientCertificates == ClientCertificateMode.Require)
            throw new ArgumentException(
                $"{nameof(options.ClientCertificates)} requires a certificate, and with {nameof(options.FindPsk)} a client could do "
                + "without: a key takes its place (RFC 8446 section 4.3.2).", nameof(options));
    }

    private static void CheckVerification(CertificateVerification verification, string name, string parameter)
    {
        if (verification.Pins is null || verification.RawPublicKeys is null || verification.Background is null)
            throw new ArgumentException($"{name} has Pins, RawPublicKeys or Background null.", parameter);
        foreach (var pin in verification.Pins.Concat(verification.RawPublicKeys))
        {
            if (!Convert.TryFromBase64String(pin, new byte[32], out var size) || size != 32)
                throw new ArgumentException(
                    $"{name}.Pins or RawPublicKeys has '{pin}', which is not SHA-256 in Base64 (as "
                    + $"{nameof(CertificateVerification.PinOf)} writes it).", parameter);
        }

        if (verification.CertificateTypes is { } types)
            CheckTypes(types, $"{name}.CertificateTypes", parameter);
        if (verification.TypesTaken.Contains(TlsCertificateType.RawPublicKey) != verification.RawPublicKeys.Count > 0)
            throw new ArgumentException(
                $"{name} has {verification.RawPublicKeys.Count} RawPublicKeys, and CertificateTypes takes "
                + $"{string.Join(", ", verification.TypesTaken)}: bare keys are taken if some are known, and only then.", parameter);
        if (!Enum.IsDefined(verification.Staple))
            throw new ArgumentException($"{name}.Staple has no value {(int)verification.Staple}.", parameter);
        if (verification.Judge is not null
            && (verification.Pins.Count > 0 || verification.Review is not null || verification.Staple == StapleMode.Require
                || verification.RevocationMode != X509RevocationMode.NoCheck))
            throw new ArgumentException(
                $"{name} leaves all to the caller ({nameof(CertificateVerification.Custom)}), so Pins, Review, Staple and RevocationMode "
                + "would not count.", parameter);
        if (verification.ChainPolicy is not null && verification.RevocationMode != X509RevocationMode.NoCheck)
            throw new ArgumentException(
                $"{name} has a ChainPolicy, which says itself how revocation is checked, and a RevocationMode.", parameter);
    }

    private static void CheckCredentials(TlsClientOptions options)
    {
        CheckCredentials(options.Credential, options.Credentials, nameof(options));
        if (options.ChooseCredential is not null && options.AllCredentials.Count > 0)
            throw new ArgumentException(
                $"Of {nameof(options.Credential)}, {nameof(options.Credentials)} and {nameof(options.ChooseCredential)} only one can say "
                + "what is presented.", nameof(options));
        if (options.OfferedCertificateTypes is { } types)
            CheckTypes(types, nameof(options.OfferedCertificateTypes), nameof(options));
    }

    private static void CheckCredentials(TlsCredential? one, IReadOnlyList<TlsCredential>? several, string parameter)
    {
        const string Name = nameof(TlsServerOptions.Credentials);
        if (several is null || several.Any(credential => credential is null))
            throw new ArgumentException($"{Name} is null, or has null in it.", parameter);
        if (one is not null && several.Count > 0)
            throw new ArgumentException(
                $"Of {nameof(TlsServerOptions.Credential)} and {Name} only one can say what is presented.", parameter);

        foreach (var schemes in (one is null ? several : [one]).Select(credential => credential.SignatureSchemes)
            .OfType<IReadOnlyList<TlsSignatureScheme>>())
        {
            if (schemes.Count == 0 || schemes.Any(scheme => !Enum.IsDefined(scheme)))
                throw new ArgumentException(
                    $"{nameof(TlsCredential.SignatureSchemes)} of a credential is empty, or has what is no scheme: null stands for those "
                    + "of the policy.", parameter);
        }
    }

    private static void CheckFitness(IReadOnlyList<TlsCredential> credentials, TlsPolicy policy, bool isServer, string parameter)
    {
        foreach (var credential in credentials)
        {
            if (OwnCredentials.FaultOf(credential, policy, isServer) is { } fault)
                throw new ArgumentException(
                    $"A credential cannot be presented: {fault}. For peers that look at less there is "
                    + $"{nameof(TlsCredential.DangerousPresentUnfit)}.", parameter);
        }
    }

    private static void CheckTypes(IReadOnlyList<TlsCertificateType> types, string name, string parameter)
    {
        if (types.Count == 0 || types.Any(type => !Enum.IsDefined(type)) || types.Distinct().Count() < types.Count)
            throw new ArgumentException($"{name} ({string.Join(", ", types)}) is not X509, RawPublicKey or both, each once.", parameter);
    }

    private static void CheckIssuers(TlsServerOptions options)
    {
        // RFC 8446 section 4.2.4: a list of at most 65,535 bytes, each name with two bytes of length.
        var size = Issuers.Of(options).Sum(name => 2 + name.RawData.Length);
        if (size > ushort.MaxValue - 64)
            throw new ArgumentException(
                $"The names of the acceptable issuers take {size} bytes; a certificate request has room for {ushort.MaxValue - 64}. Set "
                + $"{nameof(options.AcceptableIssuers)} to fewer, or to none.", nameof(options));
    }

    private static void CheckChoices(TlsServerOptions options)
    {
        if (options.Names is not null && options.Choose is not null)
            throw new ArgumentException($"Of {nameof(options.Names)} and {nameof(options.Choose)} only one can choose.", nameof(options));
    }

    private static void CheckLimits(TlsConnectionOptions options)
    {
        if (options.Limits is null)
            throw new ArgumentException(
                $"{nameof(options.Limits)} is null; the defaults are {nameof(TlsLimits)}.{nameof(TlsLimits.Default)}.", nameof(options));
    }

    private static void CheckShared(TlsConnectionOptions options)
    {
        foreach (var (value, name) in ((object?, string)[])
                 [
                     (options.RecordSize, nameof(options.RecordSize)), (options.RecordPadding, nameof(options.RecordPadding)),
                     (options.TimeProvider, nameof(options.TimeProvider)),
                 ])
        {
            if (value is null)
                throw new ArgumentException($"{name} is null; leave it out for the default.", nameof(options));
        }
    }

    private static void CheckProtocols(SslProtocols enabled, string name)
    {
        const SslProtocols Known = SslProtocols.Tls12 | SslProtocols.Tls13;
        if ((enabled & Known) == 0)
            throw new ArgumentException(
                $"EnabledProtocols ({enabled}) enables neither TLS 1.2 nor TLS 1.3: there would be nothing to speak.", name);
        if ((enabled & ~Known) != 0)
            throw new ArgumentException($"EnabledProtocols ({enabled}) has {enabled & ~Known}: only TLS 1.2 and TLS 1.3 are spoken.", name);
    }

    private static void CheckApplicationProtocols(IReadOnlyList<SslApplicationProtocol>? protocols, string name)
    {
        if (protocols is null)
            throw new ArgumentException("ApplicationProtocols is null; none is an empty list.", name);

        var total = 0;
        var seen = new HashSet<SslApplicationProtocol>();
        foreach (var protocol in protocols)
        {
            // RFC 7301 section 3.1: names of 1 to 255 bytes, in a list of at most 65,535.
            if (protocol.Protocol.Length is 0 or > 255)
                throw new ArgumentException("ApplicationProtocols has an empty name; a name has 1 to 255 bytes.", name);
            if (!seen.Add(protocol))
                throw new ArgumentException($"ApplicationProtocols has '{protocol}' twice.", name);

            total += 1 + protocol.Protocol.Length;
        }

        if (total > ushort.MaxValue - 2)
            throw new ArgumentException($"ApplicationProtocols takes {total} bytes; ALPN has room for {ushort.MaxValue - 2}.", name);
    }
}
