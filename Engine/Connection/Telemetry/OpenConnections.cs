using System.Diagnostics.Metrics;
using TlsFsm.Machines;

namespace TlsFsm.Connection.Telemetry;

/// <summary>How many connections are in each state of TLS, and how many wait for a decision. Any thread.</summary>
internal sealed class OpenConnections
{
    // Unwrapped is before the beginning and after the end.
    private static readonly string[] States =
        [nameof(TlsState.DoHandshake), nameof(TlsState.Wrapped), nameof(TlsState.Flushing), nameof(TlsState.Shutdown)];

    private readonly long[] _counts = new long[States.Length];
    private long _deciding;

    /// <summary>Handshakes that wait for an answer of the application.</summary>
    public long Deciding => Interlocked.Read(ref _deciding);

    /// <summary>A machine has moved.</summary>
    public void Move(in Transition transition)
    {
        if (transition.Machine == TlsMachine.Name)
        {
            Add(transition.From, -1);
            Add(transition.To, 1);
        }
        else if (transition.Machine == ReadMachine.Name)
        {
            if (transition.From == nameof(ReadState.Deciding))
                Interlocked.Decrement(ref _deciding);
            if (transition.To == nameof(ReadState.Deciding))
                Interlocked.Increment(ref _deciding);
        }
    }

    /// <summary>One measurement for each state, zeros too: a line that ends is no zero.</summary>
    public IEnumerable<Measurement<long>> Measure()
    {
        for (var i = 0; i < States.Length; i++)
        {
            var tag = new KeyValuePair<string, object?>("tlsfsm.state", States[i]);
            yield return new Measurement<long>(Interlocked.Read(ref _counts[i]), tag);
        }
    }

    private void Add(string state, int change)
    {
        var place = Array.IndexOf(States, state);
        if (place >= 0)
            Interlocked.Add(ref _counts[place], change);
    }
}
