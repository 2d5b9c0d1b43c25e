using System.Buffers;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// The transport below the connection under test: notes what is asked of it, and is lost on the loop after the first close or abort.
/// </summary>
internal sealed class RecordingTransport(TurnByTurnLoop loop, List<string> events) : ISwitchableTransport
{
    private readonly ArrayBufferWriter<byte> _written = new();
    private bool _isClosing;

    /// <summary>All bytes so far.</summary>
    public byte[] Written => _written.WrittenSpan.ToArray();

    public IProtocol Protocol { get; set; } = null!;

    public bool IsReading { get; private set; } = true;

    public bool IsWritingPaused { get; set; }

    /// <summary>Whether a close or an abort leads to the loss by itself.</summary>
    public bool IsLostByItself { get; set; } = true;

    /// <summary>What happens inside each write, after it was taken.</summary>
    public Action? WhileWriting { get; set; }

    public Dictionary<string, object> Facts { get; } = [];

    public void Write(ReadOnlySpan<byte> data)
    {
        _written.Write(data);
        events.AddRange(Toy.Describe(data).Select(record => $"tx {record}"));
        WhileWriting?.Invoke();
    }

    public void PauseReading()
    {
        IsReading = false;
        events.Add("transport pauses");
    }

    public void ResumeReading()
    {
        IsReading = true;
        events.Add("transport resumes");
    }

    public void Close() => End("transport closes", null);

    public void Abort(Exception? reason = null) =>
        End(reason is null ? "transport aborts" : $"transport aborts: {TraceWorld.Kind(reason)}", reason);

    public object? GetExtraInfo(string name, object? defaultValue = null) => Facts.GetValueOrDefault(name, defaultValue!);

    private void End(string what, Exception? reason)
    {
        events.Add(what);
        if (_isClosing || !IsLostByItself)
            return;

        _isClosing = true;
        loop.CallSoon(_ => Protocol.ConnectionLost(reason), null);
    }
}
