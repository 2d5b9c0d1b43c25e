using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>
/// What the runner takes the application to be: after the handshake it checks, writes what the flags say, and gives back every byte
/// inverted.
/// </summary>
/// <param name="config">The flags.</param>
/// <param name="notes">Where the secrets are, for flags that want them.</param>
/// <param name="check">Throws when the handshake settled other things than expected.</param>
internal sealed class EchoProtocol(ShimConfig config, Notes notes, Action<TlsConnection> check) : IProtocol
{
    private static readonly int[] RecordSizes = [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769];
    private TlsTransport _transport = null!;

    /// <summary>Whether the handshake finished.</summary>
    public bool IsMade { get; private set; }

    /// <summary>Whether the transport is gone.</summary>
    public bool IsLost { get; private set; }

    public void ConnectionMade(ITransport transport)
    {
        _transport = (TlsTransport)transport;
        IsMade = true;
        check(_transport.Connection);
        if (config.SendAlert)
        {
            // decompression_failure, which TLS has no more: nobody else sends it.
            _transport.Abort((TlsAlert)30);
            return;
        }

        if (config.ExportKeyingMaterial > 0)
            _transport.Write(_transport.Connection.ExportKeyingMaterial(
                config.ExportLabel, config.UseExportContext ? System.Text.Encoding.Latin1.GetBytes(config.ExportContext) : null,
                config.ExportKeyingMaterial));
        if (config.ExportTrafficSecrets)
            WriteSecrets("SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0");
        if (config.TlsUnique)
            _transport.Write(
                _transport.Connection.GetChannelBinding(TlsChannelBinding.TlsUnique)
                    ?? throw new MismatchException("There is no tls-unique."));

        if (config.WriteDifferentRecordSizes)
        {
            foreach (var size in RecordSizes)
                _transport.Write(Enumerable.Repeat((byte)0x42, size).ToArray());
        }
        else if (config.ShimWritesFirst)
        {
            for (var i = 0; i < config.RepeatShimInitialWrite; i++)
                _transport.Write(System.Text.Encoding.Latin1.GetBytes(config.ShimInitialWrite));
        }

        if (config.ShimShutsDown)
            _transport.Close();
        else if (config.KeyUpdateBeforeRead)
            _transport.Connection.UpdateKeys(requestPeer: false);
    }

    /// <summary>
    /// A client's: what it reads with, what it writes with, and before both their length, which the runner reads little-endian.
    /// </summary>
    private void WriteSecrets(string read, string written)
    {
        if (!notes.Secrets.TryGetValue(read, out var first) || !notes.Secrets.TryGetValue(written, out var second))
            throw new MismatchException("There are no traffic secrets.");

        _transport.Write([(byte)(first.Length / 2), 0, .. Convert.FromHexString(first), .. Convert.FromHexString(second)]);
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        if (config.ExportBetweenReads)
            _transport.Connection.ExportKeyingMaterial("EXPORTER-between-reads", null, 1);
        if (config.KeyUpdate)
            _transport.Connection.UpdateKeys(requestPeer: false);

        var inverted = data.ToArray();
        for (var i = 0; i < inverted.Length; i++)
            inverted[i] ^= 0xFF;
        _transport.Write(inverted);
        if (config.KeyUpdateBeforeRead)
            _transport.Connection.UpdateKeys(requestPeer: false);
    }

    public bool EofReceived() => false;

    public void ConnectionLost(Exception? exception) => IsLost = true;

    public void PauseWriting()
    {
        // The runner never sends more than fits.
    }

    public void ResumeWriting()
    {
        // As in PauseWriting.
    }
}
