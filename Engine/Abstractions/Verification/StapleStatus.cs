namespace TlsFsm;

/// <summary>What a stapled OCSP response (RFC 6960, RFC 6066 section 8) says about the peer's certificate, once it is verified.</summary>
public enum StapleStatus
{
    /// <summary>None came, or nobody looked: the chain was not trusted anyway.</summary>
    None,

    /// <summary>Good, signed by the issuer or its delegate, and recent.</summary>
    Good,

    /// <summary>Revoked.</summary>
    Revoked,

    /// <summary>The responder does not know the certificate.</summary>
    Unknown,

    /// <summary>Not valid any more, or not yet: as good as none.</summary>
    Outdated,

    /// <summary>Malformed, for another certificate, or not signed by who may.</summary>
    Invalid,
}
