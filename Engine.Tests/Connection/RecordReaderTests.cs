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

    [Test]
    public void Four_records_come_in_a_turn_and_then_others_have_theirs()
    {
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), application: _ => reader);
        pair.Connect();

        // Given somebody who wants a turn when the first one is there.
        var before = 0;
        reader.OnUpdated = () =>
        {
            if (reader.Ends.Count == 1)
                pair.Loop.CallSoon(_ => before = reader.Ends.Count, null);
        };
        Send(pair, records: 7);

        Assert.That((before, reader.Ends.Count, reader.ReceivedCount), Is.EqualTo((4, 7, 7 * 16384)));
    }

    [Test]
    public void None_comes_after_the_reader_has_paused_and_all_that_are_there_when_it_goes_on()
    {
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), application: _ => reader);
        pair.Connect();

        reader.OnUpdated = () =>
        {
            if (reader.Ends.Count == 2)
                pair.Server.Transport.PauseReading();
        };
        Send(pair, records: 7);
        Assert.That(reader.Ends, Has.Count.EqualTo(2));
        pair.Server.Transport.ResumeReading();
        pair.Run();

        Assert.That(reader.ReceivedCount, Is.EqualTo(7 * 16384));
    }

    [Test]
    public void Nothing_comes_after_the_reader_has_aborted()
    {
        var reader = new Reader([]);
        var pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), application: _ => reader);
        pair.Connect();

        reader.OnUpdated = () => pair.Server.Transport.Abort();
        Send(pair, records: 7);

        Assert.That(reader.Ends, Has.Count.EqualTo(1));
    }

    /// <summary>All of them are there when the first one is looked at.</summary>
    private static void Send(TwoEngines pair, int records)
    {
        for (var i = 0; i < records; i++)
            pair.Client.Transport.Write(new byte[16384]);
        pair.Run();
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

        public Action? OnUpdated { get; set; }

        public void BufferUpdated(int count)
        {
            Note(_buffer.AsSpan(0, count));
            Ends.Add(ReceivedCount);
            OnUpdated?.Invoke();
        }
    }
}
