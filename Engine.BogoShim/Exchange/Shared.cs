using TlsFsm.BogoShim.Flags;
using TlsFsm.BogoShim.Setup;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>
/// What the connections of one run of the shim have in common: sessions, the clock by which these grow old, and the judge of the peer.
/// </summary>
internal sealed class Shared
{
    private readonly Dictionary<string, CertificateVerification> _verifications = [];

    public Shared()
    {
        Sessions = new CountingCache(Time);
        Tickets = new MemoryTicketKeyRing(timeProvider: Time);
        ChooseCredential = (demand, decision) => ClientSetup.AnswerDemand(Present!, demand, decision);
    }

    public ShiftedTime Time { get; } = new();

    public CountingCache Sessions { get; }

    public MemoryTicketKeyRing Tickets { get; }

    public MemorySessionIds SessionIds { get; } = new();

    /// <summary>The connection that runs now, for callbacks that all connections share.</summary>
    public Turn? Present { get; set; }

    /// <summary>A client's sessions belong to whoever chooses its credential: always the same callback.</summary>
    public Action<TlsCertificateDemand, TlsDecision<TlsCredential?>> ChooseCredential { get; }

    /// <summary>A client's sessions belong to whoever judged the server: the same judge while the flags want the same of him.</summary>
    public CertificateVerification VerificationFor(ShimConfig config)
    {
        var pins = Verifications.RawPublicKeysOf(config);
        var key = $"{config.IsAsync} {config.ResumeCount} {config.TrustCertificate} {config.EnableOcspStapling} {string.Join(' ', pins)} "
            + $"{string.Join(' ', config.AcceptedPeerCertificateTypes)}";
        return _verifications.TryGetValue(key, out var known) ? known : _verifications[key] = Verifications.Make(config, pins, this);
    }
}
