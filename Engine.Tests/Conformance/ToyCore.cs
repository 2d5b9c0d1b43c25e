using System.Buffers.Binary;
using System.Text;

namespace TlsFsm.Tests.Conformance;

/// <summary>
/// The toy core of the conformance traces: one byte type, two bytes big-endian length, payload. No secrets, all of the behaviour.
/// </summary>
internal sealed class ToyCore : ITlsCore
{
    private const int HeaderSize = 3;
    private const int MaxRecord = 16384;

    private MemoryBio _incoming = null!;
    private MemoryBio _outgoing = null!;
    private bool _hasGreeted;
    private bool _hasSaidClose;
    private byte[] _plaintext = [];
    private int _plaintextRead;

    public bool IsEstablished { get; private set; }

    public TlsSessionInfo? Session => null;

    public int PendingPlaintext => _plaintext.Length - _plaintextRead;

    public bool IsCloseNotifyReceived { get; private set; }

    public void Attach(MemoryBio incoming, MemoryBio outgoing) => (_incoming, _outgoing) = (incoming, outgoing);

    public CoreStatus StepHandshake()
    {
        if (!_hasGreeted)
        {
            _hasGreeted = true;
            Put('h', "hello");
        }

        while (TryTake(out var type, out var payload))
        {
            if (type != 'h')
                throw Unexpected();

            switch (Encoding.ASCII.GetString(payload))
            {
                case "badcert":
                    Put('a', "certificate");
                    throw new TlsCertificateException("The toy certificate is bad.", TlsAlert.BadCertificate, "toy", null, null);
                case "more":
                    Put('h', "more");
                    continue;
                default:
                    IsEstablished = true;
                    return CoreStatus.Done;
            }
        }

        return CoreStatus.WantRead;
    }

    public CoreStatus Read(Span<byte> destination, out int count)
    {
        count = 0;
        while (PendingPlaintext == 0)
        {
            if (IsCloseNotifyReceived)
                return CoreStatus.EndOfStream;
            if (!TryTake(out var type, out var payload))
                return CoreStatus.WantRead;

            switch (type)
            {
                case 'd':
                    _plaintext = payload;
                    _plaintextRead = 0;
                    break;
                case 'c':
                    IsCloseNotifyReceived = true;
                    break;
                case 'h' when Encoding.ASCII.GetString(payload) == "keyupdate":
                    Put('h', "keyupdated");
                    break;
                default:
                    throw Unexpected();
            }
        }

        count = Math.Min(PendingPlaintext, destination.Length);
        _plaintext.AsSpan(_plaintextRead, count).CopyTo(destination);
        _plaintextRead += count;
        return CoreStatus.Done;
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        do
        {
            var piece = data[..Math.Min(data.Length, MaxRecord)];
            Put('d', piece);
            data = data[piece.Length..];
        }
        while (!data.IsEmpty);
    }

    public TlsHandshakePhase HandshakePhase => (_hasGreeted, IsEstablished) switch
    {
        (false, _) => TlsHandshakePhase.NotStarted,
        (_, true) => TlsHandshakePhase.Finished,
        _ => TlsHandshakePhase.AwaitingHello,
    };

    public void CloseWrite()
    {
        if (_hasSaidClose)
            return;

        _hasSaidClose = true;
        Put('c', "");
    }

    public void SendAlert(TlsAlert alert) => Put('a', $"{alert}");

    public CoreStatus StepShutdown()
    {
        _plaintext = [];
        _plaintextRead = 0;
        CloseWrite();

        while (!IsCloseNotifyReceived)
        {
            if (!TryTake(out var type, out var payload))
                return CoreStatus.WantRead;

            switch (type)
            {
                case 'c':
                    IsCloseNotifyReceived = true;
                    break;
                case 'd':
                case 'h' when Encoding.ASCII.GetString(payload) == "keyupdate":
                    break;
                default:
                    throw Unexpected();
            }
        }

        return CoreStatus.Done;
    }

    public void Shrink() { }

    public void Dispose() { }

    public static byte[] Record(char type, ReadOnlySpan<byte> payload)
    {
        var record = new byte[HeaderSize + payload.Length];
        record[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(1), (ushort)payload.Length);
        payload.CopyTo(record.AsSpan(HeaderSize));
        return record;
    }

    private void Put(char type, string payload) => Put(type, Encoding.ASCII.GetBytes(payload));

    private void Put(char type, ReadOnlySpan<byte> payload) => _outgoing.Write(Record(type, payload));

    private bool TryTake(out char type, out byte[] payload)
    {
        (type, payload) = ('\0', []);
        var readable = _incoming.Readable;
        if (readable.Length < HeaderSize)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(readable[1..]);
        if (readable.Length < HeaderSize + length)
            return false;

        type = (char)readable[0];
        payload = readable.Slice(HeaderSize, length).ToArray();
        _incoming.Consume(HeaderSize + length);
        return true;
    }

    private TlsException Unexpected()
    {
        Put('a', "unexpected");
        return new TlsException("An unexpected toy record.", CloseReason.Failed, TlsFault.PeerMisbehaved, TlsAlert.UnexpectedMessage);
    }
}
