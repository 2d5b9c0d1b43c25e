using CsCheck;
using TlsFsm.Buffers;

namespace TlsFsm.Tests.Buffers;

public sealed class WriteBacklogTests
{
    [Test]
    public void Keeps_where_one_write_ends_and_the_next_begins()
    {
        var backlog = new WriteBacklog();
        backlog.Append("abc"u8);
        backlog.Append("de"u8);

        Assert.That(backlog.Size, Is.EqualTo(5));
        Assert.That(backlog.First.ToArray(), Is.EqualTo("abc"u8.ToArray()));
        backlog.RemoveFirst();
        Assert.That(backlog.Size, Is.EqualTo(2));
        Assert.That(backlog.First.ToArray(), Is.EqualTo("de"u8.ToArray()));
        backlog.RemoveFirst();
        Assert.That((backlog.Size, backlog.IsEmpty), Is.EqualTo((0, true)));
    }

    [Test]
    public void An_empty_write_is_a_write()
    {
        var backlog = new WriteBacklog();

        backlog.Append([]);
        backlog.Append("a"u8);

        Assert.That((backlog.Size, backlog.IsEmpty), Is.EqualTo((1, false)));
        Assert.That(backlog.First.IsEmpty);
        backlog.RemoveFirst();
        Assert.That(backlog.First.ToArray(), Is.EqualTo("a"u8.ToArray()));
    }

    [Test]
    public void Keeps_a_copy()
    {
        var backlog = new WriteBacklog();
        var data = "abc"u8.ToArray();

        backlog.Append(data);
        data[0] = (byte)'x';

        Assert.That(backlog.First.ToArray(), Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void Clear_forgets_everything_and_the_count_with_it()
    {
        // The seed kept its byte counter (L17).
        var backlog = new WriteBacklog();
        backlog.Append("abc"u8);
        backlog.Append([]);

        backlog.Clear();

        Assert.That((backlog.Size, backlog.IsEmpty), Is.EqualTo((0, true)));
        backlog.Append("de"u8);
        Assert.That(backlog.First.ToArray(), Is.EqualTo("de"u8.ToArray()));
    }

    [Test]
    public void Asking_an_empty_one_for_its_first_write_is_an_error()
    {
        var backlog = new WriteBacklog();

        Assert.That(() => backlog.First.Length, Throws.InvalidOperationException);
        Assert.That(backlog.RemoveFirst, Throws.InvalidOperationException);
    }

    [Test]
    public void Does_what_a_plain_queue_of_arrays_does()
    {
        // Negative: remove the oldest. Otherwise: append as many bytes.
        Gen.Int[-4000, 5000].Array[1, 80].Sample(
            steps =>
            {
                var backlog = new WriteBacklog();
                var model = new Queue<byte[]>();
                var next = (byte)0;
                foreach (var step in steps)
                {
                    if (step >= 0)
                    {
                        var data = new byte[step % 3 == 0 ? step / 100 : step];
                        Array.Fill(data, next++);
                        backlog.Append(data);
                        model.Enqueue(data);
                    }
                    else if (model.TryDequeue(out _))
                    {
                        backlog.RemoveFirst();
                    }

                    if (backlog.Size != model.Sum(data => data.Length) || backlog.IsEmpty != (model.Count == 0)
                        || (model.TryPeek(out var first) && !backlog.First.SequenceEqual(first)))
                        return false;
                }

                return true;
            },
            iter: 300);
    }
}
