using System.Security.Authentication;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Records;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>How messages are put together from records.</summary>
[TestFixture]
internal sealed class MessageWatchTests
{
    private static readonly byte[][] Messages =
        [[24, 0, 0, 1, 0], [14, 0, 0, 0], [11, 0, 1, 4, .. new byte[260]], [20, 0, 0, 12, .. new byte[12]]];

    private static IEnumerable<int> Sizes => [1, 2, 3, 4, 5, 6, 7, 9, 100, 267, 1000];

    [TestCaseSource(nameof(Sizes))]
    public void However_messages_are_cut_into_records_each_is_shown_once_and_whole(int size)
    {
        var (notes, watch) = New();

        foreach (var fragment in Messages.SelectMany(message => message).Chunk(size))
        {
            watch.Received(RecordHeader.Handshake, fragment, isProtected: true);
            watch.Written(RecordHeader.Handshake, fragment, RecordHeader.Size + fragment.Length);
        }

        watch.Leave();
        Assert.That(notes.All.Where(note => !note.IsSent).Select(note => note.Bytes), Is.EqualTo(Messages));
        Assert.That(notes.All.Where(note => note.IsSent).Select(note => note.Bytes), Is.EqualTo(Messages));
        Assert.That(
            notes.All.Select(note => note.IsProtected == note.IsSent), Is.All.False,
            "a record that is no longer than its content is in clear");
    }

    [Test]
    public void An_alert_between_the_parts_of_a_message_is_shown_first()
    {
        var (notes, watch) = New();

        watch.Received(RecordHeader.Handshake, Messages[0].AsSpan(0, 3), isProtected: false);
        watch.Received(RecordHeader.Alert, [2, 40], isProtected: false);
        watch.Received(RecordHeader.Handshake, Messages[0].AsSpan(3), isProtected: false);

        Assert.That(notes.Lines, Is.EqualTo(new[] { "< alert 2 HandshakeFailure", "< KeyUpdate" }));
    }

    [Test]
    public void What_is_no_message_is_not_shown()
    {
        var (notes, watch) = New();

        watch.Received(RecordHeader.ApplicationData, "data"u8, isProtected: true);
        watch.Received(RecordHeader.Handshake, [], isProtected: true);
        watch.Received(RecordHeader.Alert, [], isProtected: true);
        watch.Received(99, [1, 2, 3], isProtected: true);
        watch.Written(RecordHeader.ApplicationData, "data"u8, 30);
        watch.Written(RecordHeader.Alert, [2, 40], recordSize: 0);
        watch.Leave();

        Assert.That(notes.Lines, Is.Empty);
    }

    [Test]
    public void What_does_not_leave_is_not_shown_and_after_the_end_nothing_is()
    {
        var (notes, watch) = New();

        watch.Written(RecordHeader.Alert, [2, 40], 7);
        watch.Drop();
        watch.Leave();
        watch.End();
        watch.Received(RecordHeader.Alert, [2, 40], isProtected: false);
        watch.Written(RecordHeader.Alert, [2, 40], 7);
        watch.Leave();

        Assert.That(notes.Lines, Is.Empty);
    }

    [Test]
    public void A_replay_shows_what_is_new()
    {
        var (notes, watch) = New();
        watch.Received(RecordHeader.ChangeCipherSpec, [1], isProtected: false);
        watch.Written(RecordHeader.Handshake, Messages[1], 9);
        watch.Leave();
        watch.Written(RecordHeader.Handshake, Messages[0], 10);

        watch.BeginReplay();
        watch.Received(RecordHeader.ChangeCipherSpec, [1], isProtected: false);
        watch.Written(RecordHeader.Handshake, Messages[1], 9);
        watch.Written(RecordHeader.Handshake, Messages[3], 40);
        watch.EndReplay();
        watch.Leave();
        watch.Received(RecordHeader.Alert, [1, 0], isProtected: false);

        Assert.That(notes.Lines, Is.EqualTo(new[] { "< ChangeCipherSpec", "> ServerHelloDone", "> Finished *", "< alert 1 CloseNotify" }));
    }

    [Test]
    public void Records_that_are_left_where_they_are_are_shown_as_far_as_they_are_there()
    {
        var (notes, watch) = New();

        watch.ReceivedUntaken([22, 3, 1, 0, 2, 24, 0, 22, 3, 1, 0, 3, 0, 1, 0, 21, 3, 3, 0, 2, 1]);

        Assert.That(notes.Lines, Is.EqualTo(new[] { "< KeyUpdate" }));
    }

    [TestCase("0303", "", SslProtocols.Tls12)]
    [TestCase("0303", "002B00020304", SslProtocols.Tls13)]
    [TestCase("0303", "FF010001002B00020304", SslProtocols.None)]
    [TestCase("0303", "FF01000100002B00020304", SslProtocols.Tls13)]
    [TestCase("0302", "", SslProtocols.None)]
    [TestCase("0303", "002B000203", SslProtocols.None)]
    public void A_ServerHello_names_the_version(string legacy, string extensions, SslProtocols version)
    {
        var (notes, watch) = New();
        var block = Convert.FromHexString(extensions);
        byte[] body = [.. Convert.FromHexString(legacy), .. new byte[32], 0, 0x13, 1, 0,
            .. block.Length == 0 ? [] : (byte[])[0, (byte)block.Length, .. block]];

        watch.Received(RecordHeader.Handshake, [2, 0, 0, (byte)body.Length, .. body], isProtected: false);

        Assert.That(notes.All[0].Protocol, Is.EqualTo(version));
    }

    private static (MessageNotes Notes, MessageWatch Watch) New()
    {
        var notes = new MessageNotes();
        return (notes, new MessageWatch(notes.Add));
    }
}
