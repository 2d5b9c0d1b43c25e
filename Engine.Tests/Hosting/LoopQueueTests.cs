using TlsFsm.Hosting.Loops;

namespace TlsFsm.Tests.Hosting;

/// <summary>The queue of a loop.</summary>
[TestFixture]
internal sealed class LoopQueueTests
{
    private readonly List<object?> _ran = [];

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(200)]
    public void What_was_put_in_first_comes_out_first_wherever_it_stands(int depth)
    {
        var queue = new LoopQueue();
        var next = 0;

        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < depth; i++)
                queue.Enqueue((_ran.Add, next++));
            for (var i = 0; i < depth - (depth / 3); i++)
                RunOne(queue);
        }

        while (!queue.IsEmpty)
            RunOne(queue);
        Assert.That(_ran, Is.EqualTo(Enumerable.Range(0, next)));
        Assert.That(queue.TryDequeue(out var none), Is.False);
        Assert.That(none.Callback, Is.Null);
        _ran.Clear();
    }

    [Test]
    public async Task Nothing_is_lost_that_many_threads_put_in()
    {
        var queue = new LoopQueue();
        const int Each = 10_000;
        var writers = Enumerable.Range(0, 3).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                queue.Enqueue((_ran.Add, (writer, i)));
        })).ToArray();

        var all = Task.WhenAll(writers);
        while (!all.IsCompleted || !queue.IsEmpty)
        {
            if (queue.TryDequeue(out var item))
                item.Callback(item.State);
        }

        await all;
        foreach (var writer in Enumerable.Range(0, 3))
            Assert.That(
                _ran.Cast<(int Writer, int Number)>().Where(one => one.Writer == writer).Select(one => one.Number),
                Is.EqualTo(Enumerable.Range(0, Each)));
        _ran.Clear();
    }

    private static void RunOne(LoopQueue queue)
    {
        Assert.That(queue.TryDequeue(out var item), Is.True);
        item.Callback(item.State);
    }
}
