using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;

namespace TlsFsm.Samples.Clients;

/// <summary>
/// MQTTnet over TlsFsm, with pre-shared keys for example, which .NET's own TLS has not:
/// <c>new MqttClientFactory().CreateMqttClient(new MqttOverTlsFsm("broker", 8883, options))</c>.
/// </summary>
/// <param name="host">The broker.</param>
/// <param name="port">Its port.</param>
/// <param name="tls">Our side of TLS.</param>
public sealed class MqttOverTlsFsm(string host, int port, TlsClientOptions tls) : IMqttClientAdapterFactory
{
    /// <inheritdoc/>
    public IMqttChannelAdapter CreateClientAdapter(
        MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        var buffers = new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax);
        return new MqttChannelAdapter(
            new Channel(host, port, tls), new MqttPacketFormatterAdapter(options.ProtocolVersion, buffers), logger)
        {
            AllowPacketFragmentation = options.AllowPacketFragmentation,
            PacketInspector = packetInspector,
        };
    }

    private sealed class Channel(string host, int port, TlsClientOptions options) : IMqttChannel
    {
        private TlsStream? _stream;

        public EndPoint RemoteEndPoint => new DnsEndPoint(host, port);

        public EndPoint? LocalEndPoint => (_stream?.Connection.Transport.GetExtraInfo(ExtraInfo.Socket) as Socket)?.LocalEndPoint;

        public bool IsSecureConnection => true;

        public X509Certificate2? ClientCertificate => (X509Certificate2?)_stream?.LocalCertificate;

        public async Task ConnectAsync(CancellationToken cancellationToken) =>
            _stream = await TlsClient.OpenStreamAsync(host, port, options, cancellationToken: cancellationToken);

        public async Task DisconnectAsync(CancellationToken cancellationToken)
        {
            if (_stream is { } stream)
                await stream.DisposeAsync();
        }

        public Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _stream!.ReadAsync(buffer, offset, count, cancellationToken);

        public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
        {
            foreach (var part in buffer)
                await _stream!.WriteAsync(part, cancellationToken);
        }

        public void Dispose() => _stream?.Dispose();
    }
}
