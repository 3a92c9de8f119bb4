from tieout_chassis.brake import Brake


def test_dead_letters_in_a_row_engage_the_brake_and_a_success_between_them_does_not() -> None:
    brake = Brake(max_in_a_row=3)
    for _ in range(2):
        brake.dead_letter()
    brake.success()
    for _ in range(2):
        brake.dead_letter()
    assert brake.engaged is None
    brake.dead_letter()
    assert brake.engaged == "3 dead letters in a row"


def test_too_many_within_the_window_engage_it_also_between_successes() -> None:
    now = 0.0
    brake = Brake(max_in_a_row=100, max_in_window=5, window_s=60, now_s=lambda: now)
    for n in range(8):
        now = n * 20.0
        brake.dead_letter()
        brake.success()
    assert brake.engaged is None
    for _ in range(3):
        brake.dead_letter()
        brake.success()
    assert brake.engaged == "5 dead letters within 60 s"


def test_a_release_begins_to_count_anew() -> None:
    brake = Brake(max_in_a_row=1, max_in_window=1)
    brake.dead_letter()
    assert brake.engaged
    brake.release()
    assert brake.engaged is None
