using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>
/// Why a connection failed: what happened, which alert was sent or received, whose fault it is, and the way both machines went.
/// </summary>
/// <remarks>An <see cref="IOException"/>, so that code written for streams handles it.</remarks>
public class TlsException : IOException
{
    /// <summary>What a peer wrote may be as long as a message; what we say of it is not.</summary>
    private const int MaxLetters = 2000;

    /// <summary>A failure of a connection.</summary>
    /// <param name="message">
    /// What was wrong, in words that name it. A peer's words may be among them: it is cut at 2,000 letters, and what cannot be shown
    /// (control
    /// characters, marks of direction) is written as <c>\u001B</c>.
    /// </param>
    /// <param name="reason">How the connection ends because of it.</param>
    /// <param name="fault">Whose fault it is.</param>
    /// <param name="alert">The alert that was sent, or with <see cref="TlsFault.PeerAlert"/> received; null without one.</param>
    /// <param name="innerException">The cause, if another exception is.</param>
    public TlsException(
        string message, CloseReason reason, TlsFault fault, TlsAlert? alert = null, Exception? innerException = null)
        : base(SafeText.Of(message, MaxLetters), innerException)
    {
        Reason = reason;
        Fault = fault;
        Alert = alert;
    }

    /// <summary>How the connection ends because of it.</summary>
    public CloseReason Reason { get; }

    /// <summary>Whose fault it is.</summary>
    public TlsFault Fault { get; }

    /// <summary>The alert that was sent, or with <see cref="TlsFault.PeerAlert"/> received; null without one.</summary>
    public TlsAlert? Alert { get; }

    /// <summary>The member of <see cref="TlsLimits"/> that was passed; null when none was.</summary>
    internal string? Limit { get; set; }

    /// <summary>The last steps of both machines before the failure, oldest first; at most 32.</summary>
    public IReadOnlyList<Transition> Transitions { get; internal set; } = [];
}
