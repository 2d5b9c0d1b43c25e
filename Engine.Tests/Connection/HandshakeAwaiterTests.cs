using System.Runtime.CompilerServices;
using TlsFsm.Connection;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>Who awaits the handshake is told once, and nobody has to.</summary>
[TestFixture]
internal sealed class HandshakeAwaiterTests
{
    [Test]
    public void The_first_outcome_counts_and_is_told_once([Values] bool fails)
    {
        var told = new List<Exception?>();
        var awaiter = new HandshakeAwaiter { Settled = told.Add };
        var failure = fails ? new ConnectionReset() : null;

        awaiter.Settle(failure);
        awaiter.Settle(fails ? null : new ConnectionReset());

        Assert.That(told, Is.EqualTo(new[] { failure }));
        Assert.That(awaiter.Handshake.IsCompletedSuccessfully, Is.EqualTo(!fails));
        Assert.That(awaiter.Handshake.Exception?.InnerException, Is.SameAs(failure));
    }

    [Test]
    public void A_failure_that_nobody_awaits_is_no_unobserved_exception()
    {
        var failure = new ConnectionReset();
        var isUnobserved = false;
        EventHandler<UnobservedTaskExceptionEventArgs> observer = (_, told) =>
            isUnobserved |= told.Exception.InnerExceptions.Contains(failure);
        TaskScheduler.UnobservedTaskException += observer;
        try
        {
            Settle(failure);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= observer;
        }

        Assert.That(isUnobserved, Is.False);
    }

    // In a frame of its own, which holds nothing once it is left.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Settle(Exception failure) => new HandshakeAwaiter().Settle(failure);
}
