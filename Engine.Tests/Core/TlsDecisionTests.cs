namespace TlsFsm.Tests.Core;

/// <summary>A question and its one answer, from the side of whoever answers.</summary>
public sealed class TlsDecisionTests
{
    [Test]
    public void An_answer_is_taken_once_and_a_second_one_is_refused([Values] bool firstFails, [Values] bool secondFails)
    {
        var decision = new TlsDecision<int>();
        Answer(decision, firstFails);

        Assert.That(() => Answer(decision, secondFails), Throws.InvalidOperationException.With.Message.Contains("made once"));
    }

    [Test]
    public void An_answer_that_came_before_the_question_was_waited_for_tells_nobody()
    {
        var decision = new TlsDecision<int>();
        decision.Complete(7);

        var isIn = decision.IsInOrTell(() => Assert.Fail("nobody waits"));

        Assert.That(isIn, Is.True);
        Assert.That(decision.Take(), Is.EqualTo(7));
    }

    [Test]
    public void A_failure_of_the_callers_own_is_the_applications_fault()
    {
        var failure = new TimeoutException("the vault is closed");
        var decision = new TlsDecision<int>();
        decision.Fail(failure);

        var thrown = Assert.Throws<TlsException>(() => decision.Take())!;

        Assert.That((thrown.Fault, thrown.Alert), Is.EqualTo((TlsFault.Application, TlsAlert.InternalError)));
        Assert.That(thrown.InnerException, Is.SameAs(failure));
        Assert.That(thrown.Message, Does.Contain(nameof(TimeoutException)).And.Contain(failure.Message));
    }

    [Test]
    public void Once_it_is_abandoned_whoever_answers_is_told_and_the_answer_is_ignored()
    {
        var decision = new TlsDecision<int>();
        decision.IsInOrTell(() => Assert.Fail("nobody waits any more"));

        decision.Abandon();

        Assert.That(decision.Abandoned.IsCancellationRequested, Is.True);
        Assert.That(() => Answer(decision, fails: false), Throws.Nothing);
        Assert.That(() => Answer(decision, fails: true), Throws.Nothing);
        Assert.That(decision.IsIn, Is.False);
    }

    [Test]
    public void Whether_it_is_abandoned_can_be_asked_after_the_answer_was_used()
    {
        var decision = new TlsDecision<int>();
        decision.Complete(7);
        decision.Dispose();

        Assert.That(decision.Abandoned.IsCancellationRequested, Is.False);
        Assert.That(() => decision.Abandoned.Register(() => { }).Dispose(), Throws.Nothing);
    }

    private static void Answer(TlsDecision<int> decision, bool fails)
    {
        if (fails)
            decision.Fail(new InvalidOperationException("no"));
        else
            decision.Complete(7);
    }
}
