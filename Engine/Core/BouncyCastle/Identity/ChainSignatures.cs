using Org.BouncyCastle.Tls;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>Whether a peer says that it can verify the signatures on a chain of ours.</summary>
internal static class ChainSignatures
{
    /// <param name="accepted">
    /// What it says: signature_algorithms_cert, else signature_algorithms (RFC 8446 section 4.2.3); null for nothing.
    /// </param>
    /// <param name="credential">Ours.</param>
    public static bool AreAmong(IList<SignatureAndHashAlgorithm>? accepted, TlsCredential credential) =>
        accepted is null || OwnCredentials.SchemesOf(credential).All(
            scheme => scheme is null || accepted.Any(one => IsSame((TlsSignatureScheme)SignatureScheme.From(one), scheme.Value)));

    /// <summary>One within its dates goes before one that is not, then one whose signatures the peer says that it can verify.</summary>
    /// <param name="fitting">In the order in which they are wanted.</param>
    /// <param name="accepted">As in <see cref="AreAmong"/>.</param>
    /// <param name="time">When it is.</param>
    /// <returns>Null when there is none.</returns>
    public static TlsCredential? BestOf(
        IEnumerable<TlsCredential> fitting, IList<SignatureAndHashAlgorithm>? accepted, DateTimeOffset time) => fitting.MinBy(
        one => (OwnCredentials.IsCurrent(one, time) ? 0 : 2) + (AreAmong(accepted, one) ? 0 : 1));

    /// <summary>RSASSA-PSS has two numbers, by the kind of the key that made the signature.</summary>
    private static bool IsSame(TlsSignatureScheme accepted, TlsSignatureScheme scheme) => accepted == scheme
        || (scheme is TlsSignatureScheme.RsaPssRsaeSha256 or TlsSignatureScheme.RsaPssRsaeSha384 or TlsSignatureScheme.RsaPssRsaeSha512
            && (int)accepted == (int)scheme + 5);
}
