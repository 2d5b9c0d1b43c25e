using System.Net;
using System.Net.Sockets;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Network;

/// <summary>
/// Stands between a peer and us, for one connection: passes TLS records on as they are, keeps what we sent, and strikes once, at a
/// chosen place in what the peer sends to us.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly bool _isTargetOurs;
    private readonly MemoryStream _fromUs = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private RelayFault _fault;
    private int _records;
    private readonly int _bytes;
    private int _seen;
    private bool _isPeerCut;

    private Relay(int target, bool isTargetOurs, RelayFault fault, int records, int bytes)
    {
        (_target, _isTargetOurs, _fault, _records, _bytes) = (target, isTargetOurs, fault, records, bytes);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = RunAsync();
    }

    public int Port { get; }

    /// <summary>Whether it has struck.</summary>
    public bool HasStruck { get; private set; }

    /// <summary>How many bytes we had sent when it struck.</summary>
    public int SentBefore { get; private set; }

    /// <summary>Completes with all that we sent, once we have ended: fails when that was a reset.</summary>
    public async Task<byte[]> SentByUsAsync()
    {
        await _running.WaitAsync(Wait.Limit);
        return _fromUs.ToArray();
    }

    /// <summary>Before our server.</summary>
    /// <param name="server">Where it listens.</param>
    /// <param name="fault">What it does.</param>
    /// <param name="records">After so many whole records from the peer,</param>
    /// <param name="bytes">and so many bytes of the next one.</param>
    public static Relay ToUs(int server, RelayFault fault = RelayFault.None, int records = 0, int bytes = 0) =>
        new(server, isTargetOurs: true, fault, records, bytes);

    /// <summary>Before a server that is not ours, for our client.</summary>
    /// <inheritdoc cref="ToUs"/>
    public static Relay ToPeer(int server, RelayFault fault = RelayFault.None, int records = 0, int bytes = 0) =>
        new(server, isTargetOurs: false, fault, records, bytes);

    /// <summary>Strikes at the next record. To be called while the peer is quiet.</summary>
    public void StrikeNext(RelayFault fault)
    {
        _records = Volatile.Read(ref _seen);
        _fault = fault;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        try
        {
            await _running.WaitAsync(Wait.Limit);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Whoever wants to know how it ended has asked.
        }

        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var accepted = await _listener.AcceptSocketAsync(_stopping.Token);
        using var dialed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await dialed.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target), _stopping.Token);
        var (us, peer) = _isTargetOurs ? (dialed, accepted) : (accepted, dialed);
        var incoming = PassToUsAsync(peer, us);
        try
        {
            await KeepAndPassAsync(us, peer);
        }
        finally
        {
            await incoming;
        }
    }

    private async Task PassToUsAsync(Socket peer, Socket us)
    {
        try
        {
            while (true)
            {
                if (_fault is RelayFault.EndOfStream or RelayFault.Reset && _bytes == 0 && _seen == _records)
                {
                    Strike(peer, us);
                    return;
                }

                var record = await ReadRecordAsync(peer);
                if (record.Length == 0)
                    break;

                if (_fault != RelayFault.None && _seen == _records)
                {
                    switch (_fault)
                    {
                        case RelayFault.Corruption:
                            Mark();
                            record[^1] ^= 1;
                            break;
                        case RelayFault.Silence:
                            Mark();
                            await SendAsync(us, record.AsMemory(0, _bytes));
                            while (await ReadRecordAsync(peer) is { Length: > 0 })
                            {
                            }

                            return;
                        default:
                            await SendAsync(us, record.AsMemory(0, Math.Min(_bytes, record.Length - 1)));
                            Strike(peer, us);
                            return;
                    }
                }

                // Counted first: once we have the record, a test may ask for the next one.
                Interlocked.Increment(ref _seen);
                await SendAsync(us, record);
            }

            us.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of the two has reset: that is seen in the other direction.
            Abandon(us);
        }
    }

    private void Strike(Socket peer, Socket us)
    {
        Mark();
        _isPeerCut = true;
        if (_fault == RelayFault.Reset)
            us.Close(0);
        else
            us.Shutdown(SocketShutdown.Send);
        peer.Close(0);
    }

    private void Mark()
    {
        lock (_fromUs)
            SentBefore = (int)_fromUs.Length;
        HasStruck = true;
    }

    private async Task KeepAndPassAsync(Socket us, Socket peer)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            int count;
            try
            {
                count = await us.ReceiveAsync(buffer, _stopping.Token);
            }
            catch (Exception exception) when (_isPeerCut && _fault == RelayFault.Reset
                && exception is SocketException or ObjectDisposedException)
            {
                return;
            }
            catch
            {
                peer.Close(0);
                throw;
            }

            if (count == 0)
                break;

            lock (_fromUs)
                _fromUs.Write(buffer, 0, count);
            await PassAsync(peer, buffer.AsMemory(0, count));
        }

        Abandon(peer, SocketShutdown.Send);
    }

    private async Task PassAsync(Socket peer, Memory<byte> data)
    {
        try
        {
            await SendAsync(peer, data);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer is gone; what we go on sending is kept all the same.
        }
    }

    private static void Abandon(Socket socket, SocketShutdown how = SocketShutdown.Both)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    private async Task<byte[]> ReadRecordAsync(Socket peer)
    {
        var header = new byte[5];
        if (!await ReadAsync(peer, header))
            return [];

        var record = new byte[5 + (header[3] << 8 | header[4])];
        header.CopyTo(record, 0);
        return await ReadAsync(peer, record.AsMemory(5)) ? record : [];
    }

    private async Task<bool> ReadAsync(Socket from, Memory<byte> into)
    {
        while (!into.IsEmpty)
        {
            var count = await from.ReceiveAsync(into, _stopping.Token);
            if (count == 0)
                return false;
            into = into[count..];
        }

        return true;
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
            data = data[await to.SendAsync(data, _stopping.Token)..];
    }
}
