using System.Globalization;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Conformance;

/// <summary>
/// The transport of a trace: observes what the engine asks of it, and is lost on the loop after the first close or abort.
/// </summary>
internal sealed class ScriptedTransport(TraceWorld world) : ITransport
{
    private readonly RunningCrc _written = new();
    private bool _isClosing;

    public bool HasEnded { get; set; }

    public bool IsLost { get; set; }

    public bool CanReceive => !_isClosing && !IsLost && !HasEnded;

    /// <summary>All bytes so far.</summary>
    public List<byte> Sent { get; } = [];

    public void Write(ReadOnlySpan<byte> data)
    {
        Sent.AddRange(data);
        _written.Add(data);
        world.Observe(string.Create(CultureInfo.InvariantCulture, $"tx:{_written}"));
    }

    public void PauseReading() => world.Observe("transport.pause_reading");

    public void ResumeReading() => world.Observe("transport.resume_reading");

    public void Close()
    {
        world.Note($"call:transport.close with {world.Connection.Transport.WriteBufferSize} bytes waiting");
        if (_isClosing)
            return;

        world.Observe("transport.close");
        BeginLoss(null);
    }

    public void Abort(Exception? reason = null)
    {
        world.Observe(reason is null ? "transport.abort" : $"transport.force_close:{TraceWorld.Kind(reason)}");
        BeginLoss(reason);
    }

    private void BeginLoss(Exception? exception)
    {
        if (_isClosing)
            return;

        _isClosing = true;
        world.QueueLoss(exception);
    }
}
