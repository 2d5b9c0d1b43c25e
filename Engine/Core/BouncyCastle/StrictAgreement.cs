using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle;

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
        catch (TlsFatalAlert zero) when (zero.AlertDescription == AlertDescription.handshake_failure)
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
