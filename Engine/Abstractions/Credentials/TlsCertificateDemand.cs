using System.Security.Cryptography.X509Certificates;

namespace TlsFsm;

/// <summary>A server's demand for a client certificate.</summary>
public sealed class TlsCertificateDemand
{
    /// <summary>The authorities that the server names; empty: any will do.</summary>
    public required IReadOnlyList<X500DistinguishedName> AcceptableIssuers { get; init; }

    /// <summary>Signature schemes that the server and our policy take, the server's order.</summary>
    public required IReadOnlyList<TlsSignatureScheme> SignatureSchemes { get; init; }

    /// <summary>
    /// The form that the server wants: <see cref="TlsCertificateType.RawPublicKey"/> only if
    /// <see cref="TlsClientOptions.OfferedCertificateTypes"/> has it.
    /// </summary>
    public TlsCertificateType CertificateType { get; init; }

    /// <summary>What the server presented, and was accepted, leaf first.</summary>
    public IReadOnlyList<X509Certificate2> ServerCertificates { get; init; } = [];

    /// <summary>The name that the client wants; null without one.</summary>
    public string? TargetHost { get; init; }

    /// <summary>
    /// Whether a credential leads to an authority that the server names: by its issuer, or by one of its intermediates'. A bare key leads
    /// to none, and needs none.
    /// </summary>
    public bool IsAcceptable(TlsCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        if (CertificateType == TlsCertificateType.RawPublicKey)
            return credential.OfferRawPublicKey;

        return !credential.IsKeyOnly
            && (AcceptableIssuers.Count == 0
                ? !credential.MustMatchIssuer : credential.LeadsTo([.. AcceptableIssuers.Select(issuer => issuer.RawData)]));
    }
}
