using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>The engine between a transport and an application that both look closely at what they are told.</summary>
internal sealed partial class EngineSide : ITransport, IProtocol
{
    private readonly MemoryBio _written = new();
    private readonly MemoryBio _data = new();
    private int _made;
    private int _lost;
    private bool _isEnded;
    private bool _isTransportLost;
    private Exception? _told;

    public EngineSide(FuzzLoop loop, ITlsCore core, TlsConnectionOptions options)
    {
        Loop = loop;
        Connection = new TlsConnection(loop, this, core, options);
        _ = Connection.Handshake.Exception; // Looked at, so that it is not reported.
    }

    public FuzzLoop Loop { get; }

    public TlsConnection Connection { get; }

    public bool IsMade => _made > 0;

    public bool IsTransportClosed { get; private set; }

    /// <summary>Bytes that it was brought.</summary>
    public long Received { get; private set; }

    /// <summary>Bytes that it allocated over what it was brought: the peer's work is not in it.</summary>
    public long Allocated { get; private set; }

    /// <summary>The processor's time that the process took over that: for reports alone.</summary>
    public TimeSpan Time { get; private set; }

    /// <summary>All data that its application got.</summary>
    public byte[] Data => _data.Readable.ToArray();

    /// <summary>Lets go of what its application got.</summary>
    public void ForgetData() => _data.Clear();

    /// <summary>New keys, where there are any to be had.</summary>
    public void UpdateKeys(bool requestPeer)
    {
        if (Connection is { State: TlsState.Wrapped, WriteState: WriteState.Open, Session.Protocol: SslProtocols.Tls13 })
            Connection.UpdateKeys(requestPeer);
    }

    /// <summary>Ends our direction alone, where that can be.</summary>
    public void EndWriting()
    {
        if (Connection.Transport.CanWriteEof)
            Connection.Transport.WriteEof();
    }

    public byte[] TakeOutput()
    {
        var bytes = _written.Readable.ToArray();
        _written.Clear();
        return bytes;
    }

    /// <summary>Brings bytes, in pieces.</summary>
    public void Deliver(ReadOnlySpan<byte> bytes, Cutting cutting)
    {
        while (!bytes.IsEmpty && !IsTransportClosed)
        {
            var piece = bytes[..cutting.Next(bytes.Length)];
            bytes = bytes[piece.Length..];
            Received += piece.Length;
            var (before, since) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
            if (cutting.CopiesIntoBuffer)
                Fill(piece);
            else
                Connection.DataReceived(piece);
            Loop.Run();
            Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            Time += Environment.CpuUsage.TotalTime - since;
        }
    }

    public void EndStream()
    {
        if (IsTransportClosed)
            return;
        if (!Connection.EofReceived())
            Close();
        Loop.Run();
    }

    /// <summary>The end has come: looks at what everybody was told of it.</summary>
    public string Conclude()
    {
        if (!IsTransportClosed)
            Abort();
        Loop.Run();
        Loop.Time.Advance(TimeSpan.FromHours(1));
        Loop.Run();

        Expect(Connection.State == TlsState.Unwrapped, $"The connection has not ended: {Connection}");
        Expect(Connection.CloseReason != CloseReason.None, "The end has no reason.");
        Expect(_lost == _made, $"The application was told {_made} times of the connection and {_lost} times of its loss.");
        Expect(Connection.Handshake.IsCompleted, "The handshake is awaited for ever.");
        Expect(Loop.ArmedTimers == 0, $"{Loop.ArmedTimers} timers are left.");
        Expect(ReferenceEquals(_told, _made > 0 ? Connection.Failure : null), "The application was told of another failure.");
        if (Connection.CloseReason == CloseReason.Failed)
            Expect(Connection.Failure is TlsException, "A failure has no exception.");
        var failure = Connection.Failure as TlsException;
        Expect(
            failure?.Fault is not (TlsFault.Internal or TlsFault.Application),
            $"A peer's bytes are called {failure?.Fault}: {failure?.Message}", failure);
        return $"{(IsMade ? "made" : "not made")}, {Connection.CloseReason}, {failure?.Fault}, {failure?.Alert}: "
            + $"{WithoutNumbers(failure?.Message)} [{Encoding.Latin1.GetString(Data)}]";
    }

    void ITransport.Write(ReadOnlySpan<byte> data)
    {
        Expect(!IsTransportClosed, "Bytes are written to a transport that was closed.");
        _written.Write(data);
    }

    void ITransport.PauseReading() { }

    void ITransport.ResumeReading() { }

    public void Close()
    {
        if (IsTransportClosed)
            return;

        IsTransportClosed = true;
        Loop.CallSoon(_ => Lose(null), null);
    }

    public void Abort(Exception? reason = null)
    {
        if (IsTransportClosed)
            return;

        IsTransportClosed = true;
        Loop.CallSoon(_ => Lose(reason), null);
    }

    void IProtocol.ConnectionMade(ITransport transport)
    {
        Expect(++_made == 1 && _lost == 0, "The connection is made twice, or after its loss.");
        transport.Write("ready"u8);
    }

    void IProtocol.DataReceived(ReadOnlySpan<byte> data)
    {
        Expect(_made == 1 && _lost == 0 && !_isEnded, "Data comes out of turn.");
        _data.Write(data);
    }

    bool IProtocol.EofReceived()
    {
        Expect(_made == 1 && _lost == 0 && !_isEnded, "The end of data comes out of turn.");
        _isEnded = true;
        return false;
    }

    void IProtocol.ConnectionLost(Exception? exception)
    {
        Expect(_made == 1 && ++_lost == 1, "The connection is lost out of turn.");
        _told = exception;
    }

    void IProtocol.PauseWriting() => Expect(_lost == 0, "Writing is paused after the loss.");

    void IProtocol.ResumeWriting() => Expect(_lost == 0, "Writing is resumed after the loss.");

    /// <summary>Numbers may be random ones, of a message whose length was made of something else.</summary>
    private static string WithoutNumbers(string? text) => Numbers().Replace(text ?? "", "#");

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();

    private static void Expect(bool holds, string otherwise, Exception? cause = null)
    {
        if (!holds)
            throw new FindException(otherwise, cause);
    }

    private void Lose(Exception? reason)
    {
        if (_isTransportLost)
            return;

        _isTransportLost = true;
        Connection.ConnectionLost(reason);
    }

    private void Fill(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && !IsTransportClosed)
        {
            var buffer = Connection.GetBuffer(piece.Length).Span;
            var count = Math.Min(buffer.Length, piece.Length);
            piece[..count].CopyTo(buffer);
            piece = piece[count..];
            Connection.BufferUpdated(count);
        }
    }
}
