using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// BouncyCastle's non-blocking API with nothing around it, used as well as it can be: whole records, offered where they lie.
/// </summary>
internal sealed class RawPair : IPair
{
    private readonly Wire _toServer = new();
    private readonly Wire _toClient = new();
    private readonly RawClient _clientPeer;
    private readonly RawServer _serverPeer;
    private readonly IDisposable?[] _cryptos;
    private readonly TlsClientProtocol _client = new();
    private readonly TlsServerProtocol _server = new();
    private readonly byte[] _input = new byte[20 * 1024];
    private readonly byte[] _output = new byte[20 * 1024];

    public RawPair(PairSettings settings, RawCrypto crypto)
    {
        var (client, server) = (crypto.Create(), crypto.Create());
        _cryptos = [client as IDisposable, server as IDisposable];
        _clientPeer = new RawClient(settings, client);
        _serverPeer = new RawServer(settings, server, context => crypto.Credentials(server, context));
    }

    public (SslProtocols Protocol, TlsCipherSuite Suite) Negotiated => _clientPeer.Negotiated is { } parameters
        ? (parameters.NegotiatedVersion.Equals(ProtocolVersion.TLSv13) ? SslProtocols.Tls13 : SslProtocols.None,
            (TlsCipherSuite)parameters.CipherSuite)
        : default;

    /// <summary>The record ciphers of both sides once the handshake is over, where the crypto is ours.</summary>
    public (AeadRecordCipher Client, AeadRecordCipher Server) RecordCiphers =>
        (((NativeCrypto)_cryptos[0]!).RecordCipher!, ((NativeCrypto)_cryptos[1]!).RecordCipher!);

    public long WireBytes => _toServer.Total + _toClient.Total;

    public void Handshake()
    {
        _server.Accept(_serverPeer);
        _client.Connect(_clientPeer);
        while (_client.IsHandshaking || _server.IsHandshaking)
        {
            var before = WireBytes;
            Move(_client, _toServer, _server);
            Move(_server, _toClient, _client);
            WrongResultException.ThrowUnless(WireBytes > before, "The handshake stands still.");
        }
    }

    public void Transfer(bool fromClient, ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        TlsProtocol sender = fromClient ? _client : _server;
        TlsProtocol receiver = fromClient ? _server : _client;
        sender.WriteApplicationData(message.Span);
        Move(sender, fromClient ? _toServer : _toClient, receiver);
        var left = received.Span[..message.Length];
        while (!left.IsEmpty && receiver.ApplicationDataAvailable > 0)
            left = left[receiver.ReadApplicationData(left)..];
        WrongResultException.ThrowUnless(left.IsEmpty, "The message did not arrive whole.");
    }

    public void Dispose()
    {
        _client.Close();
        _server.Close();
        foreach (var crypto in _cryptos)
            crypto?.Dispose();
    }

    private void Move(TlsProtocol from, Wire wire, TlsProtocol to)
    {
        int count;
        while ((count = from.ReadOutput(_output, 0, _output.Length)) > 0)
        {
            wire.Write(_output.AsSpan(0, count));
            var received = wire.Read(_input);
            for (var at = 0; at < received;)
            {
                // Its fast path takes exactly one whole record.
                var size = Math.Min(received - at, 5 + (_input[at + 3] << 8) + _input[at + 4]);
                to.OfferInput(_input, at, size);
                at += size;
            }
        }
    }
}
