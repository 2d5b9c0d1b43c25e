using System.Net.Sockets;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>
/// A socket that blocks, as a transport. When it ends it closes its sending side and reads on to the end, so that the runner's last writes
/// do not fail.
/// </summary>
internal sealed class BlockingTransport(Socket socket) : ITransport
{
    private bool _isBroken;

    /// <summary>Whether it was closed or aborted: the pump says so to the protocol, on a later turn.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Why it ended; null for an orderly end.</summary>
    public Exception? Reason { get; private set; }

    /// <summary>Whether the engine wants no bytes now.</summary>
    public bool IsReadingPaused { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (IsEnded || _isBroken)
            return;

        try
        {
            while (!data.IsEmpty)
                data = data[socket.Send(data)..];
        }
        catch (SocketException)
        {
            // The runner has hung up. What it sent before is still there to be read, and tells why.
            _isBroken = true;
        }
    }

    /// <summary>Waits for bytes.</summary>
    /// <returns>How many; zero at the end of the stream.</returns>
    public int Receive(Span<byte> buffer)
    {
        try
        {
            return socket.Receive(buffer);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>Whether bytes, or the end, are there within some time.</summary>
    public bool WaitForBytes(TimeSpan? patience) =>
        socket.Poll(
            patience is { } time ? TimeSpan.FromMicroseconds(Math.Max(0, time.TotalMicroseconds)) : TimeSpan.FromMinutes(1),
            SelectMode.SelectRead);

    public void PauseReading() => IsReadingPaused = true;

    public void ResumeReading() => IsReadingPaused = false;

    public void Close() => End(null);

    public void Abort(Exception? reason = null) => End(reason);

    private void End(Exception? reason)
    {
        if (IsEnded)
            return;

        IsEnded = true;
        Reason = reason;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            var rest = new byte[4096];
            while (socket.Receive(rest) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset by the runner: as good as its end.
        }

        socket.Dispose();
    }
}
