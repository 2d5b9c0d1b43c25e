namespace TlsFsm;

/// <summary>Whether a client asks for a stapled OCSP response, and what it makes of it.</summary>
public enum StapleMode
{
    /// <summary>
    /// Asked for. One that is there must be right: revoked, unknown and invalid are refused. A certificate that demands one (must-staple,
    /// RFC 7633) is refused without.
    /// </summary>
    Request,

    /// <summary>Asked for, and a server without a good one is refused: alert bad_certificate_status_response.</summary>
    Require,

    /// <summary>Not asked for; must-staple is not enforced then (RFC 7633 section 4.3.3).</summary>
    Off,
}
