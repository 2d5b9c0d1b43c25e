using System.Globalization;
using TlsFsm.Abstractions;

namespace TlsFsm.Cli.Rendering;

/// <summary>Prints each step of a connection's machines once, with the time at which it was made.</summary>
/// <param name="output">Safe for several threads.</param>
/// <param name="name">In front of every line, to tell connections apart; empty for none.</param>
internal sealed class TransitionTrace(TextWriter output, string name = "")
{
    private Transition? _last;
    private bool _hasToldSession;

    /// <summary>Prints what is new since the last call.</summary>
    public void Update(IReadOnlyList<Transition> steps, TlsSessionInfo? session = null)
    {
        // The log keeps the last steps only, so the place in it says nothing; the step itself does.
        var isNew = _last is null || !steps.Contains(_last.Value);
        foreach (var step in steps)
        {
            if (isNew)
                output.WriteLine($"{name}{step}");
            else
                isNew = step == _last;
        }

        if (steps.Count > 0)
            _last = steps[^1];
        if (session is null || _hasToldSession)
            return;

        _hasToldSession = true;
        output.WriteLine($"{name}negotiated {Negotiated.Line(session)}");
    }

    /// <summary>Prints a line of its own.</summary>
    public void Say(DateTimeOffset time, string text) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}{time.ToUniversalTime():HH:mm:ss.fff} {text}"));
}
