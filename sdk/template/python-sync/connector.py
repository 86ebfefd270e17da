# SPDX-License-Identifier: Apache-2.0
"""@ID@: a desk check. It reads one field of the form and answers at once."""
from onedoor_remote import Connector


class Desk(Connector):
    def opened(self):
        self.max_area_m2 = self.config.get("max_area_m2", 300)

    def offer(self, task):
        area_m2 = task.form.get("premises_area_m2")
        if not isinstance(area_m2, (int, float)) or isinstance(area_m2, bool):
            task.ask(["premises_area_m2"], "How large are the premises, in m2?")
        elif area_m2 > self.max_area_m2:
            task.opine("reject", "The premises are larger than a desk check allows.")
        else:
            task.opine("approve", "Within the limit of a desk check.")

    def resume(self, task):
        if task.state != "waiting_applicant":
            self.offer(task)


if __name__ == "__main__":
    Desk("1.0.0").run()
