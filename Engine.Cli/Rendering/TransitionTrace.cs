using System.Globalization;

namespace TlsFsm.Cli.Rendering;

/// <summary>Prints each step of a connection's machines with the time at which it was made, and once what was negotiated.</summary>
/// <param name="output">Safe for several threads.</param>
/// <param name="name">In front of every line, to tell connections apart; empty for none.</param>
internal sealed class TransitionTrace(TextWriter output, string name = "")
{
    private bool _hasToldSession;

    /// <summary>Prints each step from now on. Call before the transport is connected.</summary>
    public void Attach(TlsConnection connection) => connection.Transitioned = step => Print(step, connection.Session);

    /// <summary>Prints a line of its own.</summary>
    public void Say(DateTimeOffset time, string text) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}{time.UtcDateTime:HH:mm:ss.fff} {text}"));

    private void Print(Transition step, TlsSessionInfo? session)
    {
        output.WriteLine($"{name}{step}");

        // The application's machine moves for the first time when the handshake has settled everything.
        if (_hasToldSession || session is null || step.Machine != "App")
            return;

        _hasToldSession = true;
        Say(step.Time, $"negotiated {Negotiated.Line(session)}");
    }
}
