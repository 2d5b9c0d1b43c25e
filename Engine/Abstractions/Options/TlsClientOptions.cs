using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Abstractions.Options;

namespace TlsFsm;

/// <summary>A client's side of the connection.</summary>
public sealed record TlsClientOptions : TlsConnectionOptions
{
    /// <summary>The host name or IP address that the server's certificate must be for; also the SNI, unless it is an address.</summary>
    /// <value>
    /// Null only together with a <see cref="Verification"/> that replaces the default; otherwise making the connection is an argument
    /// error.
    /// </value>
    public string? TargetHost { get; init; }

    /// <summary>How the server's certificate is judged.</summary>
    /// <value>Default <see cref="CertificateVerification.SystemTrust"/>: chain to the system's roots, and the host name.</value>
    public CertificateVerification Verification { get; init; } = CertificateVerification.SystemTrust;

    /// <summary>Application protocols offered by ALPN, most wanted first. Default none.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>What we present when the server asks for a client certificate. Null: an empty answer.</summary>
    public TlsCredential? Credential { get; init; }

    /// <summary>Where sessions are kept, to be resumed on later connections: one round trip less work, no certificates.</summary>
    /// <value>
    /// Default null: nothing is kept, nothing offered. A server can tell by a resumed session that two connections are of one client, so
    /// share a cache only among connections that may know of each other. Used only with a <see cref="TargetHost"/>.
    /// </value>
    public ITlsSessionCache? SessionCache { get; init; }

    /// <summary>
    /// Asks the server for records of at most so many bytes of plaintext, for clients short of memory (RFC 6066 section 4). Both sides keep
    /// to it when the server agrees; many do not know it.
    /// </summary>
    /// <value>512, 1,024, 2,048, 4,096, or the default null: not asked for. Sessions of TLS 1.2 with it are not resumed.</value>
    /// <exception cref="ArgumentOutOfRangeException">Any other size.</exception>
    public int? MaxFragmentLength
    {
        get;
        init => field = value is null or 512 or 1024 or 2048 or 4096
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MaxFragmentLength), value, $"{nameof(MaxFragmentLength)} should be 512, 1024, 2048 or 4096, got {value}.");
    }

    /// <summary>Versions offered: any of <see cref="SslProtocols.Tls12"/> and <see cref="SslProtocols.Tls13"/>.</summary>
    /// <value>Default both. Anything older, or nothing, is an argument error when the connection is made.</value>
    public SslProtocols EnabledProtocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>What may be negotiated: versions, suites, groups, signature schemes, sizes of keys.</summary>
    /// <value>
    /// Default <see cref="TlsPolicy.Default"/>. Of its versions only those count that <see cref="EnabledProtocols"/> has too.
    /// </value>
    public TlsPolicy Policy { get; init; } = TlsPolicy.Default;

    /// <summary>
    /// Several credentials: presented is the first one that leads to an authority which the server names, and has a key that it takes.
    /// </summary>
    /// <value>Default none. Not together with <see cref="Credential"/>, which is presented whatever authorities the server names.</value>
    public IReadOnlyList<TlsCredential> Credentials { get; init; } = [];

    /// <summary>The forms in which we may present ourselves, most wanted first (client_certificate_type, RFC 7250 section 4.1).</summary>
    /// <value>
    /// Default null: those of <see cref="Credential"/> or <see cref="Credentials"/>, in their order; with <see cref="ChooseCredential"/>
    /// certificates only, because what it will choose is not known when the server must be told.
    /// </value>
    public IReadOnlyList<TlsCertificateType>? OfferedCertificateTypes { get; init; }

    /// <summary>What there is to present, one or several; not what a callback has.</summary>
    internal IReadOnlyList<TlsCredential> AllCredentials => Credential is null ? Credentials : [Credential];

    /// <summary>The forms of a key that are offered, most wanted first.</summary>
    internal IReadOnlyList<TlsCertificateType> TypesOffered => OfferedCertificateTypes
        ?? (ChooseCredential is null ? [.. AllCredentials.SelectMany(FormsOf).Distinct()] : [TlsCertificateType.X509]);

    private static IEnumerable<TlsCertificateType> FormsOf(TlsCredential credential)
    {
        if (credential.OfferRawPublicKey)
            yield return TlsCertificateType.RawPublicKey;
        if (!credential.IsKeyOnly)
            yield return TlsCertificateType.X509;
    }

    /// <summary>
    /// Chooses what is presented when the server asks, now or later; null as the answer: nothing. Null: by the two above.
    /// </summary>
    /// <value>Called on the connection's loop after the server's certificate was accepted; must not block.</value>
    public Action<TlsCertificateDemand, TlsDecision<TlsCredential?>>? ChooseCredential { get; init; }

    /// <summary>
    /// Pre-shared keys offered, most wanted first; a server that has none of them may present a certificate, which is judged as always. At
    /// most 8.
    /// </summary>
    /// <value>Default none. On TLS 1.2 the first one that was not imported, and only with PSK suites in <see cref="Policy"/>.</value>
    public IReadOnlyList<TlsPsk> Psks { get; init; } = [];

    /// <summary>The same as .NET's own options say it, for code that has them already.</summary>
    /// <remarks>
    /// Not every word means the same: no certificate is ever fetched unless <c>CertificateChainPolicy</c> allows it;
    /// <c>AllowRenegotiation</c> is a permission that is not used; a trust list inside a certificate context is not visible from outside
    /// and is not taken over.
    /// <c>AllowTlsResume</c> (on by default there) gives a <see cref="SessionCache"/>, one and the same for each call with the same
    /// <paramref name="source"/>; not with a callback or a revocation check, which are to be asked on every connection.
    /// </remarks>
    /// <exception cref="NotSupportedException">A property says what cannot be done here; the message names it.</exception>
    /// <exception cref="ArgumentException">A certificate whose key is of a kind that is not used here.</exception>
    public static TlsClientOptions From(SslClientAuthenticationOptions source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return PlatformOptions.From(source);
    }
}
