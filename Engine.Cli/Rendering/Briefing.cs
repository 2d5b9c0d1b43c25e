namespace TlsFsm.Cli.Rendering;

/// <summary>Prints in one block what the handshake of a connection has settled.</summary>
/// <param name="output">Safe for several threads.</param>
/// <param name="name">In front of every line, to tell connections apart; empty for none.</param>
internal sealed class Briefing(TextWriter output, string name = "")
{
    private bool _isDone;

    /// <summary>
    /// Prints the block when the handshake is over. Call before the transport is connected; who listens already goes on to.
    /// </summary>
    public void Attach(TlsConnection connection)
    {
        var earlier = connection.Transitioned;
        connection.Transitioned = step =>
        {
            earlier?.Invoke(step);

            // The application's machine moves for the first time when the handshake has settled everything.
            if (_isDone || step.Machine != "App" || connection.Session is not { } session)
                return;

            _isDone = true;
            Print(session);
        };
    }

    /// <summary>Prints the block at once.</summary>
    public void Print(TlsSessionInfo session)
    {
        // In one piece, so that the blocks of several connections do not mix.
        var lines = Negotiated.Brief(session).Select(
            fact => $"{name}{fact.Name.PadRight(NameWidth)}{Terminal.Harmless(fact.Value)}{Environment.NewLine}");
        output.Write(string.Concat(lines));
    }

    private const int NameWidth = 14;
}
