namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>A credential and the form in which a peer has seen it.</summary>
/// <param name="Credential">Ours.</param>
/// <param name="IsRaw">Whether its key was shown bare (RFC 7250), in place of the certificate.</param>
internal sealed record Presented(PresentableCredential Credential, bool IsRaw)
{
    /// <summary>What it is known by in the sessions that go back to it: the hash of what the peer has seen.</summary>
    public byte[] Identity => IsRaw ? Credential.KeyIdentity : Credential.CertificateIdentity;

    /// <summary>Finds what was presented in a session.</summary>
    /// <returns>Null when it is not there any more.</returns>
    public static Presented? Find(IReadOnlyList<TlsCredential> credentials, ReadOnlySpan<byte> identity)
    {
        foreach (var source in credentials)
        {
            var credential = PresentableCredential.Of(source);
            if (!source.IsKeyOnly && identity.SequenceEqual(credential.CertificateIdentity))
                return new Presented(credential, IsRaw: false);
            if (source.OfferRawPublicKey && identity.SequenceEqual(credential.KeyIdentity))
                return new Presented(credential, IsRaw: true);
        }

        return null;
    }
}
