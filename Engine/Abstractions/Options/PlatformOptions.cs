using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions.Options;

/// <summary>Takes the options that .NET's own TLS takes. What has no equal here is refused by name, never dropped.</summary>
internal static class PlatformOptions
{
    // As the platform does, options that are used again find the sessions of the last time.
    private static readonly ConditionalWeakTable<SslClientAuthenticationOptions, MemorySessionCache> Sessions = [];

    public static TlsClientOptions From(SslClientAuthenticationOptions source)
    {
        CheckShared(
            source.EncryptionPolicy, source.EnabledSslProtocols, source.RemoteCertificateValidationCallback, hasPeerCertificate: true);
        var (policy, versions) = Policy(
            source.EnabledSslProtocols, SuitesOf(source.CipherSuitesPolicy), source.AllowRsaPssPadding, source.AllowRsaPkcs1Padding);
        return new TlsClientOptions
        {
            TargetHost = string.IsNullOrEmpty(source.TargetHost) ? null : source.TargetHost,
            ApplicationProtocols = [.. source.ApplicationProtocols ?? []],
            EnabledProtocols = versions,
            Policy = policy,
            Verification = Verification(
                source, source.CertificateChainPolicy, source.CertificateRevocationCheckMode, source.RemoteCertificateValidationCallback),
            Credential =
                source.LocalCertificateSelectionCallback is null && source.ClientCertificateContext is { } context ? Of(context) : null,
            Credentials =
                source.LocalCertificateSelectionCallback is null && source.ClientCertificateContext is null ? [.. Candidates(source)] : [],
            ChooseCredential = source.LocalCertificateSelectionCallback is { } select ? Choice(source, select) : null,
            SessionCache =
                source.AllowTlsResume && IsJudgedOnce(source) ? Sessions.GetValue(source, static _ => new MemorySessionCache()) : null,
        };
    }

    /// <summary>
    /// Whether nobody is to be asked about each connection. The platform asks callbacks and revocation again on a resumed one; here that
    /// has the verdict of its full handshake, so with these every handshake is a full one.
    /// </summary>
    private static bool IsJudgedOnce(SslClientAuthenticationOptions source) =>
        source.RemoteCertificateValidationCallback is null && source.LocalCertificateSelectionCallback is null
        && (source.CertificateChainPolicy?.RevocationMode ?? source.CertificateRevocationCheckMode) == X509RevocationMode.NoCheck;

    public static TlsServerOptions From(SslServerAuthenticationOptions source)
    {
        CheckShared(
            source.EncryptionPolicy, source.EnabledSslProtocols, source.RemoteCertificateValidationCallback,
            source.ClientCertificateRequired);
        if (source.AllowRenegotiation)
            throw Unsupported(nameof(source.AllowRenegotiation), "no renegotiation is ever accepted");

        var (policy, versions) = Policy(
            source.EnabledSslProtocols, SuitesOf(source.CipherSuitesPolicy), source.AllowRsaPssPadding, source.AllowRsaPkcs1Padding);
        var mode = !source.ClientCertificateRequired ? ClientCertificateMode.None
            : source.RemoteCertificateValidationCallback is null ? ClientCertificateMode.Require
            : ClientCertificateMode.Request;
        var verification = Verification(
            source, source.CertificateChainPolicy, source.CertificateRevocationCheckMode, source.RemoteCertificateValidationCallback);
        var credential = source.ServerCertificateSelectionCallback is not null ? null
            : source.ServerCertificateContext is { } context ? Of(context)
            : source.ServerCertificate is { } certificate ? Of(certificate, nameof(source.ServerCertificate))
            : null;
        // One ring for all connections of these options, whichever certificate is selected: a ticket is only good with its own.
        var tickets = source.AllowTlsResume ? new MemoryTicketKeyRing() : null;
        return new TlsServerOptions
        {
            Credential = credential,
            TicketKeys = tickets,
            ApplicationProtocols = [.. source.ApplicationProtocols ?? []],
            EnabledProtocols = versions,
            Policy = policy,
            ClientCertificates = mode,
            ClientVerification = verification,
            Choose = source.ServerCertificateSelectionCallback is not { } select ? null : (hello, decision) =>
                decision.Complete(
                    select(source, hello.ServerName ?? "") is not { } selected
                        ? TlsServerChoice.Refuse(TlsAlert.HandshakeFailure) : TlsServerChoice.Use(new TlsServerOptions
                {
                    Credential = Of(selected, nameof(source.ServerCertificateSelectionCallback)),
                    TicketKeys = tickets,
                    ApplicationProtocols = [.. source.ApplicationProtocols ?? []],
                    EnabledProtocols = versions,
                    Policy = policy,
                    ClientCertificates = mode,
                    ClientVerification = verification,
                })),
        };
    }

    private static void CheckShared(
        EncryptionPolicy encryption, SslProtocols enabled, RemoteCertificateValidationCallback? callback, bool hasPeerCertificate)
    {
        if (encryption != EncryptionPolicy.RequireEncryption)
            throw Unsupported("EncryptionPolicy", $"{encryption} would allow no encryption");
        if ((enabled & ~(SslProtocols.Tls12 | SslProtocols.Tls13)) is var old and not SslProtocols.None)
            throw Unsupported("EnabledSslProtocols", $"{old} is not spoken, only TLS 1.2 and TLS 1.3 are");
        if (callback is not null && !hasPeerCertificate)
            throw Unsupported(
                "RemoteCertificateValidationCallback", "without ClientCertificateRequired there is nothing that it could judge");
    }

    private static (TlsPolicy Policy, SslProtocols Versions) Policy(
        SslProtocols enabled, IReadOnlyList<TlsCipherSuite>? suites, bool allowsPss, bool allowsPkcs1)
    {
        // None stands for what the platform thinks best; that is what our default is.
        var versions = enabled == SslProtocols.None ? SslProtocols.Tls12 | SslProtocols.Tls13 : enabled;
        if (suites is null && allowsPss && allowsPkcs1)
            return (TlsPolicy.Default, versions);

        var policy = TlsPolicy.Default with
        {
            SignatureSchemes = [.. TlsPolicy.Default.SignatureSchemes.Where(scheme =>
                (allowsPss || !scheme.ToString().StartsWith("RsaPss", StringComparison.Ordinal))
                && (allowsPkcs1 || !scheme.ToString().StartsWith("RsaPkcs1", StringComparison.Ordinal)))],
        };
        if (!allowsPss && !allowsPkcs1)
            policy = policy with { CipherSuites =
                [.. policy.CipherSuites.Where(suite => !suite.ToString().Contains("_ECDHE_RSA_", StringComparison.Ordinal))] };
        if (suites is null)
            return (policy, versions);

        // A version is spoken if it is enabled and has a suite.
        var is13 = suites.Any(Is13);
        var is12 = suites.Any(suite => !Is13(suite));
        versions &= (is13 ? SslProtocols.Tls13 : SslProtocols.None) | (is12 ? SslProtocols.Tls12 : SslProtocols.None);
        return (policy with { CipherSuites = suites }, versions);
    }

    private static bool Is13(TlsCipherSuite suite) => !suite.ToString().Contains("_WITH_", StringComparison.Ordinal);

#pragma warning disable CA1416 // Where there is no such class, there is no instance of it.
    private static List<TlsCipherSuite>? SuitesOf(CipherSuitesPolicy? policy)
    {
        if (policy is null)
            return null;

        var suites = policy.AllowedCipherSuites.ToList();
        foreach (var suite in suites)
        {
            if (!TlsPolicy.SupportedCipherSuites.Contains(suite) || suite.ToString().Contains("_PSK_", StringComparison.Ordinal))
                throw Unsupported("CipherSuitesPolicy", $"{suite} is not there");
        }

        return suites;
    }
#pragma warning restore CA1416

    private static CertificateVerification Verification(
        object sender, X509ChainPolicy? policy, X509RevocationMode revocation, RemoteCertificateValidationCallback? callback)
    {
        // As the platform has it: a chain policy says itself how revocation is checked.
        var verification = policy is null
            ? CertificateVerification.SystemTrust with { RevocationMode = revocation } : CertificateVerification.ByPolicy(policy);
        return callback is null ? verification : verification with
        {
            Review = (review, decision) =>
            {
                var leaf = review.Certificates.Count > 0 ? review.Certificates[0] : null;
                var accepts = callback(sender, leaf, review.Chain, review.PolicyErrors);
                decision.Complete(accepts ? null : review.Rejection?.Alert ?? TlsAlert.BadCertificate);
            },
        };
    }

    private static IEnumerable<TlsCredential> Candidates(SslClientAuthenticationOptions source) =>
        (source.ClientCertificates ?? []).Cast<X509Certificate>().Select(certificate => Of(certificate, nameof(source.ClientCertificates)));

    private static Action<TlsCertificateDemand, TlsDecision<TlsCredential?>> Choice(
        SslClientAuthenticationOptions source, LocalCertificateSelectionCallback select) =>
        (demand, decision) =>
        {
            var remote = demand.ServerCertificates.Count > 0 ? demand.ServerCertificates[0] : null;
            string[] issuers = [.. demand.AcceptableIssuers.Select(issuer => issuer.Name)];
            var selected = select(source, source.TargetHost ?? "", source.ClientCertificates ?? [], remote, issuers);
            decision.Complete(selected is null ? null : Of(selected, nameof(source.LocalCertificateSelectionCallback)));
        };

    private static TlsCredential Of(SslStreamCertificateContext context) =>
        new(context.TargetCertificate, [.. context.IntermediateCertificates]);

    private static TlsCredential Of(X509Certificate certificate, string property) =>
        certificate is X509Certificate2 { HasPrivateKey: true } own
        ? new TlsCredential(own)
        : throw Unsupported(
            property, $"the certificate '{certificate.Subject}' has no private key with it, and it is not looked for in a store");

    private static NotSupportedException Unsupported(string property, string why) => new($"{property} cannot be taken over: {why}.");
}
