using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Crypto;

/// <summary>BouncyCastle's key agreement on a curve, which takes points in forms and of orders that TLS does not.</summary>
internal sealed class StrictAgreement(TlsAgreement agreement, int group) : TlsAgreement
{
    public byte[] GenerateEphemeral() => agreement.GenerateEphemeral();

    public void ReceivePeerValue(byte[] peerValue)
    {
        // RFC 8446 section 4.2.8.2, RFC 8422 section 5.4: on these curves the uncompressed form, which begins with 4, is the only one.
        if (group is NamedGroup.secp256r1 or NamedGroup.secp384r1 or NamedGroup.secp521r1 && peerValue is not [4, ..])
            throw HelloFaults.BadKeyShare.ToException();

        agreement.ReceivePeerValue(peerValue);
    }

    public TlsSecret CalculateSecret()
    {
        try
        {
            return agreement.CalculateSecret();
        }
        catch (TlsFatalAlert zero) when (Faults.IsOfZeroSecret(zero))
        {
            // RFC 8446 section 7.4.2: the secret is zero. The value is at fault, not what was offered.
            throw HelloFaults.LowOrderPoint.ToException();
        }
    }
}

/// <summary>A curve on which keys are agreed by <see cref="StrictAgreement"/>.</summary>
internal sealed class StrictDomain(TlsECDomain domain, int group) : TlsECDomain
{
    public TlsAgreement CreateECDH() => new StrictAgreement(domain.CreateECDH(), group);
}

/// <summary>
/// BouncyCastle's key agreement by ML-KEM, alone or as half of a hybrid. It looks at what it gets, and says only that an argument is wrong.
/// </summary>
internal sealed class StrictKem(TlsAgreement agreement) : TlsAgreement
{
    public byte[] GenerateEphemeral() => agreement.GenerateEphemeral();

    public void ReceivePeerValue(byte[] peerValue)
    {
        try
        {
            // FIPS 203 section 7.2: an encapsulation key has its length, and coefficients below the modulus. Section 7.3: a ciphertext has
            // its length.
            agreement.ReceivePeerValue(peerValue);
        }
        catch (ArgumentException)
        {
            throw HelloFaults.BadKeyShare.ToException();
        }
    }

    public TlsSecret CalculateSecret() => agreement.CalculateSecret();
}

/// <summary>ML-KEM of one size, by which keys are agreed with <see cref="StrictKem"/>.</summary>
internal sealed class StrictKemDomain(TlsKemDomain domain) : TlsKemDomain
{
    public TlsAgreement CreateKem() => new StrictKem(domain.CreateKem());
}
