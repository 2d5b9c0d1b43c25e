namespace TlsFsm.Core.Strictness;

/// <summary>
/// Why we end a connection whose peer broke no rule: our application or we ourselves have failed, or both sides have nothing in common.
/// With <see cref="PeerFault"/> the one place where an alert is chosen.
/// </summary>
internal static class OwnFaults
{
    /// <summary>Ends our direction in order (RFC 8446 section 6.1).</summary>
    public const TlsAlert Close = TlsAlert.CloseNotify;

    /// <summary>For a failure that is none of the peer's business (RFC 8446 section 6.2).</summary>
    private const TlsAlert Inside = TlsAlert.InternalError;

    /// <summary>The alert that a failure is told the peer with.</summary>
    public static TlsAlert AlertOf(TlsException fault) => fault.Alert ?? Inside;

    /// <summary>The application, or what it gave us to call, has failed.</summary>
    public static TlsException Application(string text, Exception? cause = null) =>
        new(text, CloseReason.Failed, TlsFault.Application, Inside, cause);

    /// <summary>A callback of the application threw.</summary>
    /// <param name="what">What threw.</param>
    /// <param name="cause">What it threw.</param>
    public static TlsException Threw(string what, Exception cause) =>
        Application($"{what} threw {cause.GetType().Name}: {cause.Message}", cause);

    /// <summary>Calls what the application gave us.</summary>
    /// <param name="what">What is called.</param>
    /// <param name="call">Calls it.</param>
    /// <exception cref="TlsException">It threw: the application's fault, and never the peer's, whatever it threw.</exception>
    public static T Call<T>(string what, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is not TlsException)
        {
            throw Threw(what, exception);
        }
    }

    /// <summary>What the options' clock says.</summary>
    /// <exception cref="TlsException">It threw.</exception>
    public static DateTimeOffset Now(TimeProvider clock) => Call(nameof(TimeProvider), clock.GetUtcNow);

    /// <summary>We have failed, or the platform under us.</summary>
    public static TlsException Internal(string text, Exception? cause = null) =>
        new(text, CloseReason.Failed, TlsFault.Internal, Inside, cause);

    /// <summary>A server chose to refuse a client by its ClientHello.</summary>
    /// <param name="alert">The server's choice.</param>
    public static TlsException RefusedByHello(TlsAlert alert) => new(
        $"The server refuses this client by its ClientHello ({alert}).", CloseReason.Failed,
        alert == TlsAlert.UnrecognizedName ? TlsFault.Incompatible : TlsFault.Application, alert);

    /// <summary>The session that must be resumed was not (the options' RequireResumption).</summary>
    public static TlsException NotResumed(string text) => Incompatible(text, TlsAlert.HandshakeFailure);

    /// <summary>No version in common.</summary>
    public static TlsException NoVersion(string text) => Incompatible(text, HelloFaults.NoCommonVersion.Alert);

    /// <summary>A group was chosen that our policy has for certificates alone, or none is common.</summary>
    public static TlsException NoGroup(string text) => Incompatible(text, HelloFaults.NoCommonGroup.Alert);

    /// <summary>The peer does not know secure renegotiation (RFC 5746 sections 4.1 and 4.3).</summary>
    /// <param name="isOfClient">Whose hello lacks it.</param>
    public static TlsException NoSecureRenegotiation(bool isOfClient) => Incompatible(
        (isOfClient
            ? "The client does not know secure renegotiation (RFC 5746): it sends neither renegotiation_info nor "
                + "TLS_EMPTY_RENEGOTIATION_INFO_SCSV."
            : "The server does not know secure renegotiation (RFC 5746): it sends no renegotiation_info.")
        + $" A policy without {nameof(TlsPolicy.RequireSecureRenegotiation)} admits it.", HelloFaults.NoSecureRenegotiation.Alert);

    /// <summary>The peer does not know extended master secret (RFC 7627 sections 5.2 and 5.3).</summary>
    /// <param name="isOfClient">Whose hello lacks it.</param>
    public static TlsException NoExtendedMasterSecret(bool isOfClient) => Incompatible(
        $"The {(isOfClient ? "client" : "server")} does not know extended master secret (RFC 7627): its hello has no extended_master_secret."
        + $" A policy without {nameof(TlsPolicy.RequireExtendedMasterSecret)} admits it.", HelloFaults.NoExtendedMasterSecret.Alert);

    /// <summary>No credential of ours fits the client.</summary>
    /// <param name="text">Why.</param>
    /// <param name="isFormOnly">Whether all that is missing is a type of certificate in common (RFC 7250 section 4.2).</param>
    public static TlsException NoCredential(string text, bool isFormOnly = false) =>
        Incompatible(text, isFormOnly ? TlsAlert.UnsupportedCertificate : TlsAlert.HandshakeFailure);

    private static TlsException Incompatible(string text, TlsAlert alert) =>
        new(text, CloseReason.Failed, TlsFault.Incompatible, alert);
}
