using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The toy core, one of whose members fails from some time on: an alert is due, and what was thrown is kept.</summary>
internal sealed class FailingCore : ITlsCore
{
    private readonly ToyCore _toy = new();
    private MemoryBio _outgoing = null!;

    /// <summary>The member that fails; null for none.</summary>
    public string? Fails { get; set; }

    /// <summary>What it throws.</summary>
    public TlsException Failure { get; } = new("The toy broke.", CloseReason.Failed, TlsFault.Internal, TlsAlert.InternalError);

    /// <summary>How often it was disposed.</summary>
    public int Disposals { get; private set; }

    public bool IsEstablished => _toy.IsEstablished;

    public TlsSessionInfo? Session => _toy.Session;

    public int PendingPlaintext => _toy.PendingPlaintext;

    public bool IsCloseNotifyReceived => _toy.IsCloseNotifyReceived;

    Func<string>? ITlsCore.ConnectionName { get; set; }

    public TlsHandshakePhase HandshakePhase => _toy.HandshakePhase;

    public void Attach(MemoryBio incoming, MemoryBio outgoing)
    {
        _outgoing = outgoing;
        _toy.Attach(incoming, outgoing);
    }

    public CoreStatus StepHandshake()
    {
        Check(nameof(StepHandshake));
        return _toy.StepHandshake();
    }

    public CoreStatus Read(Span<byte> destination, out int count)
    {
        Check(nameof(Read));
        return _toy.Read(destination, out count);
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        Check(nameof(Write));
        _toy.Write(data);
    }

    public void CloseWrite()
    {
        Check(nameof(CloseWrite));
        _toy.CloseWrite();
    }

    public void UpdateKeys(bool requestPeer)
    {
        Check(nameof(UpdateKeys));
        _outgoing.Write(Toy.KeyUpdate);
    }

    public void SendAlert(TlsAlert alert)
    {
        Check(nameof(SendAlert));
        _toy.SendAlert(alert);
    }

    public CoreStatus StepShutdown()
    {
        Check(nameof(StepShutdown));
        return _toy.StepShutdown();
    }

    public void Shrink() => _toy.Shrink();

    public void Dispose() => Disposals++;

    private void Check(string member)
    {
        if (member != Fails)
            return;

        _outgoing.Write(ToyCore.Record('a', "broken"u8));
        throw Failure;
    }
}
