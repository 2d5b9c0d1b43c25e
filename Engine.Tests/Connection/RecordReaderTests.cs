using System.Security.Authentication;
using TlsFsm.Connection;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// An application that is given records as they are: each is opened into its buffer, and none is copied from one to another.
/// </summary>
internal sealed class RecordReaderTests
{
    private const int BufferSize = (16 * 1024) + 64;

    [Test]
    public void No_record_is_cut_at_the_end_of_a_buffer([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        int[] sizes = [16384, 16384, 100, 16384, 5000, 12000, 16384, 1, 16384, 3];
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(version, int.MaxValue), application: _ => reader);
        pair.Connect();
        var sent = Toy.Bytes(sizes.Sum());

        var start = 0;
        foreach (var size in sizes)
            pair.Client.Transport.Write(sent.AsSpan((start += size) - size, size));
        pair.Run();

        Assert.That(reader.Received.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(reader.Ends, Is.SubsetOf(Ends(sizes)));
    }

    [Test]
    public void Small_records_share_a_buffer()
    {
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), application: _ => reader);
        pair.Connect();

        for (var i = 0; i < 30; i++)
            pair.Client.Transport.Write(Toy.Bytes(500));
        pair.Run();

        Assert.That(reader.ReceivedCount, Is.EqualTo(15_000));
        Assert.That(reader.Ends, Has.Count.LessThan(30));
    }

    [Test]
    public void A_record_that_is_none_of_data_leaves_its_buffer_unused()
    {
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), application: _ => reader);
        pair.Connect();

        pair.Client.Connection.UpdateKeys(requestPeer: false);
        pair.Run();

        Assert.That((reader.Unused, reader.ReceivedCount), Is.EqualTo((1, 0)));
        pair.Client.Transport.Write(Toy.Bytes(500));
        pair.Run();
        Assert.That((reader.Unused, reader.ReceivedCount), Is.EqualTo((1, 500)));
    }

    private static IEnumerable<int> Ends(int[] sizes)
    {
        var end = 0;
        return [.. sizes.Select(size => end += size)];
    }

    private sealed class Reader(List<string> events) : RecordingApplication(events), IRecordReader
    {
        private byte[] _buffer = [];

        /// <summary>How many bytes there were after each delivery.</summary>
        public List<int> Ends { get; } = [];

        public Memory<byte> GetBuffer(int sizeHint) => _buffer = new byte[BufferSize];

        /// <summary>How often it was asked for a buffer that nothing was put into.</summary>
        public int Unused { get; private set; }

        public void BufferUnused() => Unused++;

        public void BufferUpdated(int count)
        {
            Note(_buffer.AsSpan(0, count));
            Ends.Add(ReceivedCount);
        }
    }
}
