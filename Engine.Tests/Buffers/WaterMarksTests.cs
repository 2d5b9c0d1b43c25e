using CsCheck;
using TlsFsm.Buffers;

namespace TlsFsm.Tests.Buffers;

public sealed class WaterMarksTests
{
    [TestCase(10, 3, 10, 3)]
    [TestCase(10, null, 10, 2)]
    [TestCase(3, null, 3, 0)]
    [TestCase(0, null, 0, 0)]
    [TestCase(null, 10, 40, 10)]
    [TestCase(null, 0, 0, 0)]
    [TestCase(null, null, 262_144, 65_536)]
    [TestCase(5, 5, 5, 5)]
    [TestCase(int.MaxValue, null, int.MaxValue, int.MaxValue / 4)]
    public void Follow_the_rule_of_the_seed(int? high, int? low, int expectedHigh, int expectedLow)
    {
        var marks = WaterMarks.Resolve(high, low, WaterMarks.DefaultReadKiB);

        Assert.That((marks.High, marks.Low), Is.EqualTo((expectedHigh, expectedLow)));
    }

    [TestCase(0, 1, "high (0) must be >= low (1) must be >= 0")]
    [TestCase(-1, -2, "high (-1) must be >= low (-2) must be >= 0")]
    [TestCase(-1, null, "high (-1) must be >= low (-1) must be >= 0")]
    [TestCase(-10, null, "high (-10) must be >= low (-3) must be >= 0")]
    [TestCase(null, -1, "high (-4) must be >= low (-1) must be >= 0")]
    [TestCase(null, int.MinValue, "high (-8589934592) must be >= low (-2147483648) must be >= 0")]
    public void Are_refused_with_the_words_of_the_seed(int? high, int? low, string message) =>
        Assert.That(() => WaterMarks.Resolve(high, low, WaterMarks.DefaultReadKiB), Throws.ArgumentException.With.Message.EqualTo(message));

    [Test]
    public void Defaults_are_those_of_the_seed()
    {
        var read = WaterMarks.Resolve(null, null, WaterMarks.DefaultReadKiB);
        var write = WaterMarks.Resolve(null, null, WaterMarks.DefaultWriteKiB);

        Assert.That((read.High, read.Low), Is.EqualTo((262_144, 65_536)));
        Assert.That((write.High, write.Low), Is.EqualTo((524_288, 131_072)));
    }

    [Test]
    public void A_high_mark_that_no_int_holds_is_the_largest_int()
    {
        var marks = WaterMarks.Resolve(null, int.MaxValue, WaterMarks.DefaultReadKiB);

        Assert.That((marks.High, marks.Low), Is.EqualTo((int.MaxValue, int.MaxValue)));
    }

    [TestCase(9, false, false)]
    [TestCase(10, false, false)]
    [TestCase(11, true, false)]
    [TestCase(3, false, false)]
    [TestCase(2, false, true)]
    [TestCase(0, false, true)]
    public void Pause_above_the_high_mark_and_resume_at_the_low_one(long size, bool isOver, bool isUnder)
    {
        var marks = WaterMarks.Resolve(10, null, WaterMarks.DefaultReadKiB);

        Assert.That((marks.IsOver(size), marks.IsUnder(size)), Is.EqualTo((isOver, isUnder)));
    }

    [Test]
    public void An_empty_buffer_is_never_over_a_mark_of_zero()
    {
        // The seed paused at "high or more" and never resumed (L7).
        var marks = WaterMarks.Resolve(0, null, WaterMarks.DefaultReadKiB);

        Assert.That((marks.IsOver(0), marks.IsUnder(0), marks.IsOver(1)), Is.EqualTo((false, true, true)));
    }

    [Test]
    public void Whatever_is_accepted_is_in_order_and_no_size_both_pauses_and_resumes()
    {
        Gen.Select(Gen.Int.Nullable(), Gen.Int.Nullable(), Gen.Long[0, 1L << 33]).Sample(
            (high, low, size) =>
            {
                WaterMarks marks;
                try
                {
                    marks = WaterMarks.Resolve(high, low, WaterMarks.DefaultWriteKiB);
                }
                catch (ArgumentException)
                {
                    return high < (low ?? 0) || high < 0 || low < 0;
                }

                return marks.High >= marks.Low && marks.Low >= 0 && !(marks.IsOver(size) && marks.IsUnder(size));
            });
    }
}
