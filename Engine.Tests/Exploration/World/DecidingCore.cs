using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Exploration;

/// <summary>The toy core, asking its host something before it takes the peer's hello.</summary>
internal sealed class DecidingCore(ToyCore toy) : ITlsCore
{
    private MemoryBio _incoming = null!;
    private bool _isDecided;

    /// <summary>Whether it waits for an answer.</summary>
    public bool IsAsking { get; private set; }

    public Action? WhenDecided { get; set; }

    public bool IsEstablished => toy.IsEstablished;

    public TlsSessionInfo? Session => toy.Session;

    public int PendingPlaintext => toy.PendingPlaintext;

    public bool IsCloseNotifyReceived => toy.IsCloseNotifyReceived;

    public TlsHandshakePhase HandshakePhase => toy.HandshakePhase;

    /// <summary>The host answers.</summary>
    public void Decide()
    {
        IsAsking = false;
        _isDecided = true;
        WhenDecided?.Invoke();
    }

    public void Attach(MemoryBio incoming, MemoryBio outgoing)
    {
        _incoming = incoming;
        toy.Attach(incoming, outgoing);
    }

    public CoreStatus StepHandshake()
    {
        if (_isDecided || _incoming.Pending == 0)
            return toy.StepHandshake();

        IsAsking = true;
        return CoreStatus.WantDecision;
    }

    public CoreStatus Read(Span<byte> destination, out int count) => toy.Read(destination, out count);

    public void Write(ReadOnlySpan<byte> data) => toy.Write(data);

    public void CloseWrite() => toy.CloseWrite();

    public void SendAlert(TlsAlert alert) => toy.SendAlert(alert);

    public CoreStatus StepShutdown() => toy.StepShutdown();

    public void Shrink() => toy.Shrink();

    public void Dispose() => toy.Dispose();
}
